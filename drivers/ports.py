"""Ports: what the agent asks of scanner, receipt printer, drawer and customer display.

Real, virtual and third-party devices keep these contracts; tests/conformance holds them to it.
Every device runs until its `run` is cancelled: it opens, watches and re-opens its connection by
itself, logs once when it goes down and once when it is up again, and never raises out of `run`.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, runtime_checkable

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.printing.printout import Printout


class DeviceState(StrEnum):
    """How the connection to a device stands."""

    CONNECTING = "connecting"
    """It was not reached yet, and is being tried."""
    CONNECTED = "connected"
    """It answers, or needs no answer to be known as there."""
    DEGRADED = "degraded"
    """It answers and something is wrong: see `faults`."""
    DISCONNECTED = "disconnected"
    """It is not there; it is tried again by itself."""
    UNKNOWN = "unknown"
    """The connection is open, and the device does not answer. Never taken for all is well."""


class Fault(StrEnum):
    """What a device can say is wrong with it."""

    PAPER_OUT = "paper_out"
    PAPER_LOW = "paper_low"
    COVER_OPEN = "cover_open"
    OFFLINE = "offline"
    CUTTER = "cutter"
    """The knife is stuck."""
    UNRECOVERABLE = "unrecoverable"
    """It has to be switched off and on, or repaired."""


class DeviceStatus(Struct, frozen=True, kw_only=True):
    """How a device stands."""

    state: DeviceState
    since: Millis
    """Since when it is so, by this PC's clock."""
    faults: tuple[Fault, ...] = ()
    drawer_open: bool | None = None
    """Of a printer that a drawer hangs on; None: not told."""
    detail: str = ""
    """What failed, in words; empty while all is well."""
    remedy: str = ""
    """The exact command or action that mends it; empty when there is nothing to mend."""
    found: str = ""
    """What was found out about what it can tell, in words; empty while nothing was."""


class Scanned(Struct, frozen=True, kw_only=True):
    """One code, whole, as it came from the scanner, without its prefix and suffix."""

    code: str
    scanner: str
    """Name of the scanner."""
    at_ns: int
    """Monotonic time at which its last byte was read, nanoseconds."""


class PrintResult(StrEnum):
    """How a job ended."""

    PRINTED = "printed"
    """The device confirmed that everything before the confirmation was worked off."""
    SENT = "sent"
    """Everything was sent, to a device that can't confirm."""


class Device(Protocol):
    """What all devices have in common."""

    @property
    def name(self) -> str:
        """Its name in the settings and on the screen."""

    @property
    def address(self) -> str:
        """Where it is, as in the settings."""

    @property
    def status(self) -> DeviceStatus:
        """How it stands now; never blocks."""

    async def run(self) -> None:
        """Keep the device connected until cancelled."""


class Scanner(Device, Protocol):
    """Reads codes. Made with a callback that takes each `Scanned` once, in order."""


class CashDrawer(Protocol):
    """Opens the drawer. Opening an open drawer does nothing."""

    async def open(self) -> None:
        """Send the opening pulse, also without paper; raise NotReadyError or UnsureError."""


class ReceiptPrinter(Device, CashDrawer, Protocol):
    """Prints receipts, one at a time; the drawer hangs on it."""

    async def print(self, printout: Printout) -> PrintResult:
        """Print and cut, and return when it is done.

        Waits while paper is out or the cover is open amid the job. Raises NotReadyError when
        nothing was sent: the caller may ask again without doubling. Raises UnsureError when some
        of it may be on paper: only people can tell.
        """

    def cut_off_remains(self) -> None:
        """Say that something of a job may be left in it that broke off with the program itself.

        Before the next job, that is ended and cut off; the device does so by itself after a job of
        this program that broke off.
        """


@runtime_checkable
class PassesOn(Protocol):
    """A printer with a socket for a display."""

    async def pass_on(self, data: bytes) -> None:
        """Hand bytes to the display, between two jobs; raise NotReadyError."""


class CustomerDisplay(Device, Protocol):
    """Two lines of text towards the customer. The last text shown wins; nothing is queued."""

    def show(self, upper: str, lower: str) -> None:
        """Show two lines, cut to the display's width; shown again after a re-connection."""


class Lamp(StrEnum):
    """What the figure on a display of eight digits is."""

    PRICE = "price"
    """单价: of the line just added."""
    TOTAL = "total"
    """总计: to be paid."""
    CHANGE = "change"
    """找零."""


class Figure(Struct, frozen=True, kw_only=True):
    """What a display of eight digits shows."""

    fen: int | None = None
    """A sum in fen; None: nothing."""
    lamp: Lamp | None = None


class FigureDisplay(Device, Protocol):
    """One figure and a lamp towards the customer. The last figure wins; nothing is queued."""

    def show_figure(self, figure: Figure) -> None:
        """Show a figure, or nothing; one of more than eight digits is left out, never cut."""


ScanListener = Callable[[Scanned], None]
StatusListener = Callable[[DeviceStatus], None]
"""Called on the event loop each time a device's status changes."""
