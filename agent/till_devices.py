"""From the settings to the devices of this till, and to what their papers look like."""

from collections.abc import Callable
from functools import partial
from zoneinfo import ZoneInfo

from agent.base.clock import Clock
from agent.domain.printouts.letterhead import Letterhead
from agent.services.devices import DISPLAY, PRINTER, Devices
from agent.services.news import News
from agent.services.stationery import Stationery
from agent.settings import Settings
from drivers.display.display import DisplayOptions
from drivers.make import make_display, make_printer, make_scanner
from drivers.printer.options import Encoding, PrinterOptions
from drivers.scanner.options import ScannerOptions


def make_devices(settings: Settings, *, news: News, clock: Clock) -> Devices:
    """Return the devices that the settings name, not yet running."""
    devices = Devices(news=news, till=settings.till.code, clock=clock)
    _add_scanners(devices, settings, clock)
    _add_printer(devices, settings, clock)
    _add_display(devices, settings, clock)
    return devices


def make_stationery(
    settings: Settings, *, is_online: Callable[[], bool], training: bool = False
) -> Stationery:
    """Return what papers need; `is_online`: whether HQ is reachable just now."""
    receipt = settings.receipt
    return Stationery(
        letterhead=Letterhead(
            store=settings.store.code,
            zone=ZoneInfo(settings.store.timezone),
            name=settings.store.name,
            header=receipt.header,
            footer=receipt.footer,
            e_receipt_url=receipt.e_receipt_url,
            training=training,
        ),
        columns=settings.printer.columns,
        printer=settings.printer.address,
        is_online=is_online,
    )


def _add_scanners(devices: Devices, settings: Settings, clock: Clock) -> None:
    options = ScannerOptions(prefix=settings.scanner.prefix, suffix=settings.scanner.suffix)
    addresses = settings.scanner.addresses
    for number, address in enumerate(addresses, start=1):
        name = "scanner" if len(addresses) == 1 else f"scanner {number}"
        make = partial(
            make_scanner,
            name,
            address,
            options,
            on_scan=devices.scanned,
            on_status=devices.listener(name),
            clock=clock,
        )
        devices.add_scanner(name, address, make)


def _add_printer(devices: Devices, settings: Settings, clock: Clock) -> None:
    printer = settings.printer
    if not printer.address:
        return
    options = PrinterOptions(
        columns=printer.columns,
        encoding=Encoding(printer.encoding),
        answers=printer.answers,
        drawer_pin=printer.drawer_pin,
    )
    make = partial(
        make_printer,
        PRINTER,
        printer.address,
        options,
        on_status=devices.listener(PRINTER),
        clock=clock,
    )
    devices.add_printer(printer.address, make)


def _add_display(devices: Devices, settings: Settings, clock: Clock) -> None:
    display = settings.display
    if not display.address:
        return
    make = partial(
        make_display,
        DISPLAY,
        display.address,
        DisplayOptions(columns=display.columns),
        on_status=devices.listener(DISPLAY),
        clock=clock,
    )
    devices.add_display(display.address, make)
