"""How a printer is dealt with, be it one that answers or one that only listens."""

from collections.abc import Sequence
from typing import Protocol

from drivers.ports import PrintResult
from drivers.printer.dialogue import Dialogue


class Manner(Protocol):
    """What the driver does over an open link, one at a time."""

    preamble: bytes
    """Sent before each job: what selects the printer where a display hangs on it, too, which a
    broken connection may have left selected."""

    @property
    def is_blocked(self) -> bool:
        """Whether it said last that it can't print."""

    @property
    def is_there(self) -> bool:
        """Whether it answered the last time, or is not asked."""

    def forget(self) -> None:
        """The link was lost: it may be another printer, or switched on anew, when it is back."""

    def expect_remains(self) -> None:
        """Something of a job may be left in it: end that and cut it off before the next."""

    async def look(self, dialogue: Dialogue) -> None:
        """Report how it stands; raise LostError."""

    async def prepare(self, dialogue: Dialogue) -> None:
        """Return when it can take a job; raise NotReadyError if it can't, or LostError."""

    async def carry_out(self, dialogue: Dialogue, pieces: Sequence[bytes]) -> PrintResult:
        """Send a job to a printer that was prepared; raise UnsureError."""
