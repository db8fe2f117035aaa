"""What the settings say of a receipt printer, and how patient the driver is with it."""

from msgspec import Struct

from drivers.printer.font import Encoding as Encoding
from drivers.printer.layout import COLUMNS_80MM, MAX_COLUMNS, MIN_COLUMNS
from drivers.printer.status import Level

DRAWER_PINS = (2, 5)


class PrinterOptions(Struct, frozen=True, kw_only=True):
    """A printer's paper, characters and drawer."""

    columns: int = COLUMNS_80MM
    encoding: Encoding = Encoding.GBK
    answers: bool = True
    """Whether it answers DLE EOT and GS r; what it prints can't be confirmed otherwise."""
    drawer_pin: int = 2
    """Of the drawer's connector: 2 or 5."""
    drawer_open_level: Level | None = None
    """Level of the drawer's switch while it is open; None: not known, and so nothing is told."""

    def __post_init__(self) -> None:
        if not MIN_COLUMNS <= self.columns <= MAX_COLUMNS:
            raise ValueError(f"columns is from {MIN_COLUMNS} to {MAX_COLUMNS}")
        if self.drawer_pin not in DRAWER_PINS:
            raise ValueError("drawer_pin is 2 or 5")


class Patience(Struct, frozen=True, kw_only=True):
    """How long the driver waits for a printer, in seconds."""

    reply: float = 2.0
    """For the answer to one DLE EOT; it comes within milliseconds from one that is there."""
    poll: float = 2.0
    """Between two looks at an idle printer."""
    job_poll: float = 0.5
    """Between two looks while a job waits for paper, a cover or the confirmation."""
    silent_asks: int = 5
    """Questions in a row without an answer, amid a job, after which nobody knows how it ended."""
    confirmation: float = 30.0
    """For the confirmation of a job while the printer says that all is well."""
    line: float = 0.5
    """As much more for each line: a printer with needles prints three a second."""
    blocked: float = 60.0
    """For a printer that never answers, and takes nothing."""
    drawer: float = 2.5
    """For a job to end, before the drawer is called not ready: who asks waits hardly longer."""
