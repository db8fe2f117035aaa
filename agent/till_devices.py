"""From the settings to the devices of this till, what their papers look like, and what they do."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

from agent.base.clock import Clock
from agent.domain.printing.letterhead import Letterhead
from agent.services.desk.news import News
from agent.services.desk.stationery import Stationery
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.customer_display import CustomerScreen
from agent.services.house.customer_figures import CustomerFigures
from agent.services.house.devices import DISPLAY, PRINTER, Devices
from agent.services.house.till_screen import TillScreen
from agent.services.printing.papers import PaperQueue
from agent.services.printing.spool import Spool
from agent.settings import Settings
from drivers.display.characters import legible
from drivers.display.options import DisplayOptions
from drivers.make import make_display, make_figure_display, make_printer, make_scanner
from drivers.ports import PassesOn
from drivers.printer.options import PrinterOptions
from drivers.printer.paper.font import Encoding
from drivers.printer.paper.qr_code import QrWay
from drivers.scanner.options import ScannerOptions


class TillDevices:
    """The till's devices, with the spools that print on them and the screen towards customers."""

    def __init__(self, settings: Settings, *, news: News, clock: Clock) -> None:
        self._settings = settings
        self._news = news
        self._stack = AsyncExitStack()
        self.devices = make_devices(settings, news=news, clock=clock)

    def equip(self, desk: StoreDesk, *, is_online: Callable[[], bool]) -> StoreDesk:
        """Return the desk with its papers and drawer; `is_online`: is HQ reachable now."""
        stationery = make_stationery(self._settings, is_online=is_online)
        papers = PaperQueue(stationery, store=desk.name)
        return replace(desk, papers=papers, drawer=self.devices.drawer)

    def start(self, desk: StoreDesk) -> None:
        """Run all of them; `stop` ends them in reverse order."""
        self._stack.push_async_callback(self.devices.stop)
        self.devices.start()
        self._stack.push_async_callback(self.print_for(desk).stop)
        self._show_customers()

    def print_for(self, desk: StoreDesk) -> Spool:
        """Begin to print what a desk has queued; the caller stops it before the desk closes."""
        spool = Spool(desk, self.devices)
        spool.start()
        return spool

    async def stop(self) -> None:
        """Let a paper that is being printed end, then let go of all devices."""
        await self._stack.aclose()

    def _show_customers(self) -> None:
        settings, news, till = self._settings, self._news, self._settings.till.code
        screens: list[TillScreen] = []
        if self.devices.display is not None:
            options = _display_options(settings)
            screens.append(
                CustomerScreen(
                    self.devices.display,
                    news=news,
                    till=till,
                    options=options,
                    store_name=_store_name(settings),
                )
            )
        if self.devices.figures is not None:
            screens.append(CustomerFigures(self.devices.figures, news=news, till=till))
        for screen in screens:
            self._stack.push_async_callback(screen.stop)
            screen.start()


def make_devices(settings: Settings, *, news: News, clock: Clock) -> Devices:
    """Return the devices that the settings name, not yet running."""
    devices = Devices(news=news, till=settings.till.code, clock=clock)
    _add_scanners(devices, settings, clock)
    _add_printer(devices, settings, clock)
    _add_display(devices, settings, clock)
    return devices


def make_stationery(settings: Settings, *, is_online: Callable[[], bool]) -> Stationery:
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
            invoice_url=receipt.invoice_url,
        ),
        columns=settings.printer.columns,
        printer=settings.printer.address,
        is_online=is_online,
    )


def _add_scanners(devices: Devices, settings: Settings, clock: Clock) -> None:
    scanner = settings.scanner
    options = ScannerOptions(
        prefix=scanner.prefix,
        suffix=scanner.suffix,
        idle_ms=scanner.idle_ms,
        encoding=scanner.encoding,
    )
    addresses = scanner.addresses
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
        qr=QrWay(printer.qr),
        answers=printer.answers,
        closes=printer.closes,
        drawer_pin=printer.drawer_pin,
        second_drawer=printer.second_drawer,
        drawer_pulse_ms=printer.drawer_pulse_ms,
        drawer_open_level=printer.drawer_open_level or None,
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
    """Add the display; one behind the printer needs the printer to be added before."""
    address, kind = settings.display.address, settings.display.kind
    if not address:
        return
    on_status = devices.listener(DISPLAY)
    printer = devices.printer if isinstance(devices.printer, PassesOn) else None
    if kind == "led8" or kind == "led8n":
        make_figures = partial(
            make_figure_display,
            DISPLAY,
            address,
            kind,
            on_status=on_status,
            clock=clock,
            printer=printer,
        )
        devices.add_figure_display(address, make_figures)
    else:
        make = partial(
            make_display,
            DISPLAY,
            address,
            _display_options(settings),
            on_status=on_status,
            clock=clock,
            printer=printer,
        )
        devices.add_display(address, make)


def _display_options(settings: Settings) -> DisplayOptions:
    display = settings.display
    return DisplayOptions(kind=display.kind, columns=display.columns, characters=display.characters)


def _store_name(settings: Settings) -> str:
    """The store's name if the display can show it; else its code, which is letters and digits."""
    shown = legible(settings.store.name, settings.display.characters)
    return settings.store.code if not shown or "?" in shown else shown
