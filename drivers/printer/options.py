"""What the settings say of a receipt printer, and how patient the driver is with it."""

from msgspec import Struct

from drivers.printer.paper.font import Encoding
from drivers.printer.paper.layout import COLUMNS_80MM, MAX_COLUMNS, MIN_COLUMNS
from drivers.printer.paper.qr_code import QrWay
from drivers.printer.status import Level

DRAWER_PINS = (2, 5)
MIN_PULSE_MS = 20
MAX_PULSE_MS = 500
"""A longer one warms the drawer's magnet and opens no drawer that this does not (ESC p: 510)."""


class PrinterOptions(Struct, frozen=True, kw_only=True):
    """A printer's paper, characters and drawer."""

    columns: int = COLUMNS_80MM
    encoding: Encoding = Encoding.GBK
    qr: QrWay = QrWay.NATIVE
    answers: bool = True
    """Whether it answers DLE EOT; what it prints can't be confirmed otherwise."""
    closes: bool = True
    """Whether, on the network, it closes a connection when it has read all of it; asked for only
    where it does not answer."""
    drawer_pin: int = 2
    """Of the drawer's connector: 2 or 5."""
    second_drawer: bool = False
    """Whether another one hangs on the other pin, which opens, too."""
    drawer_pulse_ms: int = 100
    drawer_open_level: Level | None = None
    """Level of the drawer's switch while it is open; None: not known, and so nothing is told."""

    def __post_init__(self) -> None:
        if not MIN_COLUMNS <= self.columns <= MAX_COLUMNS:
            raise ValueError(f"columns is from {MIN_COLUMNS} to {MAX_COLUMNS}")
        if self.drawer_pin not in DRAWER_PINS:
            raise ValueError("drawer_pin is 2 or 5")
        if not MIN_PULSE_MS <= self.drawer_pulse_ms <= MAX_PULSE_MS:
            raise ValueError(f"drawer_pulse_ms is from {MIN_PULSE_MS} to {MAX_PULSE_MS}")

    @property
    def drawer_pins(self) -> tuple[int, ...]:
        """The pins of all drawers."""
        return DRAWER_PINS if self.second_drawer else (self.drawer_pin,)


class Patience(Struct, frozen=True, kw_only=True):
    """How long the driver waits for a printer, in seconds."""

    reply: float = 2.0
    """For the answer to one DLE EOT; it comes within milliseconds from one that is there."""
    find: float = 0.5
    """For the answer to a question that a printer that just answered others may not know."""
    quiet: float = 0.05
    """Silence after which nothing is under way any more; an answer takes milliseconds."""
    poll: float = 2.0
    """Between two looks at an idle printer."""
    hold: float = 3.0
    """After its last job a printer on the network is let go, for others to use it."""
    look: float = 10.0
    """Between two looks at a printer that was let go."""
    busy: float = 5.0
    """So long a printer that was let go may be another computer's before that is told."""
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
    drawer: float = 0.5
    """For a job to end, before the drawer is opened ahead of it."""
