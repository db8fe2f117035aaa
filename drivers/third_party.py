"""Drivers that other packages bring, by the entry-point group `store_agent.drivers`.

The entry point's name is what stands before the colon of an address; what it loads has one or
more of the functions below, each with the address's rest in place of the whole address:

    [project.entry-points."store_agent.drivers"]
    acme = "acme_driver"            # acme:whatever-its-driver-needs
"""

from importlib.metadata import entry_points
from typing import Any, Literal, Protocol

from agent.base.clock import Clock
from drivers.address import OtherAddress
from drivers.display.options import DisplayOptions
from drivers.errors import AddressError
from drivers.ports import CustomerDisplay, ReceiptPrinter, ScanListener, Scanner, StatusListener
from drivers.printer.options import PrinterOptions
from drivers.scanner.options import ScannerOptions

GROUP = "store_agent.drivers"

Function = Literal["make_scanner", "make_printer", "make_display"]
"""What a driver may have; `drivers.make` has functions of the same names and parameters."""


class MakeScanner(Protocol):
    """A driver's `make_scanner`: return a scanner that does not run yet; raise AddressError."""

    def __call__(
        self,
        name: str,
        address: str,
        options: ScannerOptions,
        *,
        on_scan: ScanListener,
        on_status: StatusListener,
        clock: Clock,
    ) -> Scanner:
        """Keep drivers.ports.Scanner's contract; `address` is what followed the colon."""


class MakePrinter(Protocol):
    """A driver's `make_printer`: return a printer that does not run yet; raise AddressError."""

    def __call__(
        self,
        name: str,
        address: str,
        options: PrinterOptions,
        *,
        on_status: StatusListener,
        clock: Clock,
    ) -> ReceiptPrinter:
        """Keep drivers.ports.ReceiptPrinter's contract; `address` is what followed the colon."""


class MakeDisplay(Protocol):
    """A driver's `make_display`: return a display that does not run yet; raise AddressError."""

    def __call__(
        self,
        name: str,
        address: str,
        options: DisplayOptions,
        *,
        on_status: StatusListener,
        clock: Clock,
    ) -> CustomerDisplay:
        """Keep drivers.ports.CustomerDisplay's contract; `address` is what followed the colon."""


def load_function(address: OtherAddress, function: Function) -> Any:
    """Return that function of the driver that `address` names; raise AddressError."""
    installed = {point.name: point for point in entry_points(group=GROUP)}
    if address.driver not in installed:
        others = ", ".join(sorted(installed)) or "no other is installed"
        raise AddressError(
            f"there is no driver {address.driver!r}; write serial, tcp, hid, usb, file, or the "
            f"name of an installed driver ({others})"
        )
    try:
        driver = installed[address.driver].load()
    except (ImportError, AttributeError) as error:
        raise AddressError(f"the driver {address.driver!r} can't be loaded: {error}") from error
    made = getattr(driver, function, None)
    if made is None:
        kind = function.removeprefix("make_")
        raise AddressError(f"the driver {address.driver!r} has no {function}: it is for no {kind}")
    return made
