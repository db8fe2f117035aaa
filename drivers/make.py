"""Makes devices from their addresses: the only place that names concrete drivers."""

import asyncio
from collections.abc import Callable
from functools import partial

from msgspec import structs

from agent.base.clock import Clock
from drivers.address import (
    Address,
    BehindPrinterAddress,
    FileAddress,
    HidAddress,
    OtherAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
    parse_address,
)
from drivers.connection import Connection, OpenLink, Sleep
from drivers.display.behind_printer import PassedOnLink
from drivers.display.display import REFRESH_BY_PRINTER_S, REFRESH_S, EightDigits, PoleDisplay
from drivers.display.led8 import BAUD as LED_BAUD
from drivers.display.led8 import Led
from drivers.display.options import DisplayOptions
from drivers.errors import AddressError
from drivers.ports import (
    CustomerDisplay,
    FigureDisplay,
    PassesOn,
    ReceiptPrinter,
    ScanListener,
    Scanner,
    StatusListener,
)
from drivers.printer.options import Patience, PrinterOptions
from drivers.scanner.hid import open_grabbed
from drivers.scanner.keys import KeyDecoder
from drivers.scanner.options import ScannerOptions
from drivers.scanner.stream import Decode, StreamScanner
from drivers.third_party import MakeDisplay, MakePrinter, MakeScanner, load_function
from drivers.transport.link import Link
from drivers.transport.opening import opener


def make_scanner(
    name: str,
    address: str,
    options: ScannerOptions,
    *,
    on_scan: ScanListener,
    on_status: StatusListener,
    clock: Clock,
    sleep: Sleep = asyncio.sleep,
) -> Scanner:
    """Return the scanner at `address`, not yet running; raise AddressError.

    Both listeners are called on the event loop and must not raise.
    """
    parsed = parse_address(address)
    if isinstance(parsed, OtherAddress):
        make: MakeScanner = load_function(parsed, "make_scanner")
        return make(name, parsed.rest, options, on_scan=on_scan, on_status=on_status, clock=clock)
    if isinstance(parsed, UsbAddress | FileAddress | BehindPrinterAddress):
        raise AddressError(
            f"{address} is no scanner's address; a scanner's is serial:/dev/ttyACM0, "
            "tcp://HOST:PORT or hid:/dev/input/by-id/NAME"
        )
    open_, make_decode = _way(parsed, options)
    connection = Connection(
        name=name,
        open_link=open_,
        on_status=on_status,
        clock=clock,
        sleep=sleep,
    )
    return StreamScanner(
        name=name,
        address=address,
        options=options,
        connection=connection,
        on_scan=on_scan,
        make_decode=make_decode,
    )


def make_printer(
    name: str,
    address: str,
    options: PrinterOptions,
    *,
    on_status: StatusListener,
    clock: Clock,
    sleep: Sleep = asyncio.sleep,
    patience: Patience | None = None,
) -> ReceiptPrinter:
    """Return the receipt printer at `address`, not yet running; raise AddressError.

    A file can't answer, whatever the options say.
    """
    from drivers.printer.printer import EscPosPrinter  # python-escpos takes 25 MB: only if needed

    parsed = parse_address(address)
    if isinstance(parsed, OtherAddress):
        make: MakePrinter = load_function(parsed, "make_printer")
        return make(name, parsed.rest, options, on_status=on_status, clock=clock)
    if isinstance(parsed, HidAddress | BehindPrinterAddress):
        raise AddressError(
            f"{address} is no printer's address; a printer's is tcp://HOST:9100, "
            "serial:/dev/ttyUSB0?baud=9600, usb:/dev/usb/lp0 or file:/PATH"
        )
    if isinstance(parsed, FileAddress):
        options = structs.replace(options, answers=False)
    connection = Connection(
        name=name,
        open_link=opener(parsed),
        on_status=on_status,
        clock=clock,
        sleep=sleep,
    )
    return EscPosPrinter(
        name=name,
        address=address,
        options=options,
        connection=connection,
        patience=patience,
        shared=isinstance(parsed, TcpAddress),
    )


def make_display(
    name: str,
    address: str,
    options: DisplayOptions,
    *,
    on_status: StatusListener,
    clock: Clock,
    printer: PassesOn | None = None,
    sleep: Sleep = asyncio.sleep,
    refresh_s: float | None = None,
) -> CustomerDisplay:
    """Return the display of two lines at `address`, not yet running; raise AddressError.

    `printer`: the one that a display at `printer:` hangs on.
    """
    parsed = parse_address(address)
    if isinstance(parsed, OtherAddress):
        make: MakeDisplay = load_function(parsed, "make_display")
        return make(name, parsed.rest, options, on_status=on_status, clock=clock)
    return PoleDisplay(
        name=name,
        address=address,
        options=options,
        connection=Connection(
            name=name,
            open_link=_way_to_display(parsed, address, printer),
            on_status=on_status,
            clock=clock,
            sleep=sleep,
        ),
        refresh_s=_refresh_s(parsed) if refresh_s is None else refresh_s,
    )


def make_figure_display(
    name: str,
    address: str,
    led: Led,
    *,
    on_status: StatusListener,
    clock: Clock,
    printer: PassesOn | None = None,
    sleep: Sleep = asyncio.sleep,
    refresh_s: float | None = None,
) -> FigureDisplay:
    """Return the display of eight digits at `address`, as `make_display` does.

    Its serial line has 2,400 baud unless the address says something else.
    """
    parsed = parse_address(address, baud=LED_BAUD)
    if isinstance(parsed, OtherAddress):
        raise AddressError(f"{address} is a driver for displays of two lines; set [display] kind")
    return EightDigits(
        name=name,
        address=address,
        led=led,
        connection=Connection(
            name=name,
            open_link=_way_to_display(parsed, address, printer),
            on_status=on_status,
            clock=clock,
            sleep=sleep,
        ),
        refresh_s=_refresh_s(parsed) if refresh_s is None else refresh_s,
    )


def _refresh_s(address: Address) -> float | None:
    """How often what is shown is sent again; None: never, to what keeps all of it."""
    if isinstance(address, FileAddress):
        return None
    return REFRESH_BY_PRINTER_S if isinstance(address, BehindPrinterAddress) else REFRESH_S


def _way_to_display(parsed: Address, address: str, printer: PassesOn | None) -> OpenLink:
    if isinstance(parsed, SerialAddress | TcpAddress | FileAddress):
        return opener(parsed)
    if not isinstance(parsed, BehindPrinterAddress):
        raise AddressError(
            f"{address} is no display's address; write serial:/dev/ttyUSB0?baud=9600, "
            "tcp://HOST:PORT, file:/PATH or, for one that hangs on the printer, printer:"
        )
    if printer is None:
        raise AddressError(
            f"{address} is a display behind the printer, and there is no printer that passes "
            "anything on: set [printer] address, or plug the display in by itself"
        )

    async def open_link() -> Link:
        return PassedOnLink(printer)

    return open_link


def _way(
    address: SerialAddress | TcpAddress | HidAddress, options: ScannerOptions
) -> tuple[OpenLink, Callable[[], Decode]]:
    """How to open a scanner, and how to make what reads its bytes."""
    if isinstance(address, HidAddress):
        return partial(open_grabbed, address), lambda: KeyDecoder(options.encoding).feed
    return opener(address), _as_sent


def _as_sent() -> Decode:
    return bytes
