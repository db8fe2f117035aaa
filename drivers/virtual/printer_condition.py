"""How a simulated printer is, what it says of that, and what it can't do at all."""

from dataclasses import dataclass
from enum import StrEnum


class Lack(StrEnum):
    """What a cheap or old printer does not know; it says nothing of it, as real ones do."""

    STATUS = "DLE EOT"
    """It answers no question."""
    CAUSES = "DLE EOT 2-4"
    """It answers whether it is online, and no further question."""
    CONFIRMATION = "GS r"
    """It never says that it has worked everything off."""
    QR = "GS ( k"
    """It prints a QR code's commands as signs."""
    PULSE = "DLE DC4"
    """It opens the drawer in its turn only."""
    GB18030 = "GB18030"
    """Its font has characters of one and two bytes."""
    END = "end of connection"
    """It keeps a connection whose other side has said that nothing more comes."""


@dataclass(kw_only=True)
class Condition:
    """What its knobs turn."""

    lines_left: int | None = None
    """Until the paper is out; None: plenty."""
    paper_low: bool = False
    cover_open: bool = False
    cutter_stuck: bool = False
    silent: bool = False
    """It prints, and says nothing."""
    bytes_left: int | None = None
    """Until it vanishes, as if its cable were pulled; None: it stays."""
    keeps_power: bool = False
    """Whether it stays on when it vanishes: its connections break, and it forgets nothing."""
    gone: bool = False
    refusing: bool = False
    """It takes no new connection."""
    ms_per_line: int = 0
    drawer_open: bool = False

    @property
    def paper_out(self) -> bool:
        return self.lines_left == 0

    @property
    def blocked(self) -> bool:
        """Whether it prints nothing."""
        return self.paper_out or self.cover_open or self.cutter_stuck

    def status_byte(self, n: int) -> int:
        """The answer to DLE EOT n; bits 1 and 4 are always set."""
        bits = {
            1: 0x04 * self.drawer_open | 0x08 * self.blocked,
            2: 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * self.cutter_stuck,
            3: 0x08 * self.cutter_stuck,
            4: 0x0C * (self.paper_low or self.paper_out) | 0x60 * self.paper_out,
        }
        return 0x12 | bits[n]

    def paper_sensor(self) -> int:
        """The answer to GS r 1."""
        return 0x03 * self.paper_low | 0x0C * self.paper_out
