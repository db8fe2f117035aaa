"""The devices at this till: kept running, their state told, scans handed to the till's page."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct, structs

from agent.base.clock import Clock
from agent.base.logging import get_logger
from agent.domain.printing.printout import Printout
from agent.services.cash.drawer import Drawer
from agent.services.desk.news import Item, News, Topic
from drivers.errors import AddressError, NotReadyError
from drivers.ports import (
    CustomerDisplay,
    Device,
    DeviceState,
    DeviceStatus,
    FigureDisplay,
    PrintResult,
    ReceiptPrinter,
    Scanned,
    Scanner,
    StatusListener,
)

PRINTER = "printer"
DISPLAY = "display"
DRAWER = "drawer"
CORRECT = "Correct the address in the settings, then: sudo systemctl restart store-agent"
RESTART = "sudo systemctl restart store-agent; journalctl -u store-agent tells what failed"

log = get_logger(__name__)
D = TypeVar("D", bound=Device)


class DeviceKind(StrEnum):
    """What a device is."""

    SCANNER = "scanner"
    PRINTER = "printer"
    DRAWER = "drawer"
    DISPLAY = "display"


class DeviceReport(DeviceStatus, frozen=True, kw_only=True):
    """Which device it is, and how it stands."""

    kind: DeviceKind
    name: str
    address: str
    """As in the settings."""


class ScannedCode(Struct, frozen=True, kw_only=True):
    """What a scanner at the till read."""

    code: str
    scanner: str


class Devices:
    """Runs what was added, collects how each stands, and tells it. Implements spool.Press."""

    def __init__(self, *, news: News, till: str, clock: Clock) -> None:
        self._news = news
        self._till = till
        self._clock = clock
        self._running: dict[str, tuple[DeviceKind, Device]] = {}
        self._failed: dict[str, DeviceReport] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: list[Callable[[], None]] = []
        self._unheard = False
        self.printer: ReceiptPrinter | None = None
        self.display: CustomerDisplay | None = None
        self.figures: FigureDisplay | None = None
        self.drawer = Drawer(None, news=news)

    def add_scanner(self, name: str, address: str, make: Callable[[], Scanner]) -> None:
        """Add a scanner. What can't be made of its address is told; the others don't suffer."""
        self._add(DeviceKind.SCANNER, name, address, make)

    def add_printer(self, address: str, make: Callable[[], ReceiptPrinter]) -> None:
        """Add the receipt printer, with the drawer that hangs on it."""
        self.printer = self._add(DeviceKind.PRINTER, PRINTER, address, make)
        self.drawer = Drawer(self.printer, news=self._news)

    def add_display(self, address: str, make: Callable[[], CustomerDisplay]) -> None:
        """Add the display towards the customer."""
        self.display = self._add(DeviceKind.DISPLAY, DISPLAY, address, make)

    def add_figure_display(self, address: str, make: Callable[[], FigureDisplay]) -> None:
        """Add the display towards the customer that has eight digits and no text."""
        self.figures = self._add(DeviceKind.DISPLAY, DISPLAY, address, make)

    def start(self) -> None:
        """Begin to connect to all devices; waits for none. Say which can't be used."""
        for name, failed in self._failed.items():
            log.error("device_address_wrong", device=name, why=failed.detail)
        for name, (kind, device) in self._running.items():
            task = asyncio.create_task(self._keep(name, kind, device), name=f"device {name}")
            self._tasks.append(task)

    async def stop(self) -> None:
        """Let go of all devices."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.drawer.stop()

    def report(self) -> tuple[DeviceReport, ...]:
        """Return how each device stands, those that can't run included; never blocks."""
        found = [
            self._failed.get(name) or _report(kind, device)
            for name, (kind, device) in self._running.items()
        ]
        found += [told for name, told in self._failed.items() if name not in self._running]
        return (*found, *self._drawer_report())

    def unusable(self) -> tuple[DeviceReport, ...]:
        """Return the devices that could not be made of their settings, or whose driver failed."""
        return tuple(self._failed.values())

    def scanned(self, scan: Scanned) -> None:
        """Hand a scan to whoever shows this till's page; one that nobody hears is let go."""
        code = ScannedCode(code=scan.code, scanner=scan.scanner)
        told = self._news.publish(Item(topic=Topic.SCAN, till=self._till, facts=code))
        if not told and not self._unheard:
            log.warning("scan_dropped", scanner=scan.scanner, why="no till page is open")
        self._unheard = not told

    def listener(self, name: str) -> StatusListener:
        """Return what the device `name` tells its changes to."""

        def changed(_: DeviceStatus) -> None:
            if name == PRINTER:
                for listener in self._listeners:
                    listener()
            self._news.publish(Item(topic=Topic.DEVICES, till=self._till))

        return changed

    async def print(self, printout: Printout) -> PrintResult:
        """Print; see ReceiptPrinter."""
        if self.printer is None:
            raise NotReadyError("there is no printer")
        return await self.printer.print(printout)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time the printer's state changes."""
        self._listeners.append(listener)

    def cut_off_remains(self) -> None:
        """Say that something of a job may be left in the printer; see ReceiptPrinter."""
        if self.printer is not None:
            self.printer.cut_off_remains()

    def found(self) -> str:
        """What was found out about what the printer can tell."""
        return self.printer.status.found if self.printer is not None else ""

    def is_reachable(self) -> bool:
        """Whether the printer is there and answers, or needs no answer."""
        there = (DeviceState.CONNECTED, DeviceState.DEGRADED)
        return self.printer is not None and self.printer.status.state in there

    def _add(self, kind: DeviceKind, name: str, address: str, make: Callable[[], D]) -> D | None:
        try:
            device = make()
        except AddressError as error:
            self._fail(kind, name, address, detail=str(error), remedy=CORRECT)
            return None
        self._running[name] = (kind, device)
        return device

    async def _keep(self, name: str, kind: DeviceKind, device: Device) -> None:
        """Run a device; a driver that breaks its promise takes nothing else along."""
        try:
            await device.run()
        except Exception as error:  # a third party's driver may raise anything
            log.exception("device_driver_failed", device=name)
            why = f"its driver failed: {error!r}"
            self._fail(kind, name, device.address, detail=why, remedy=RESTART)
            self.listener(name)(device.status)

    def _fail(self, kind: DeviceKind, name: str, address: str, *, detail: str, remedy: str) -> None:
        self._failed[name] = DeviceReport(
            kind=kind,
            name=name,
            address=address,
            state=DeviceState.DISCONNECTED,
            since=self._clock.wall(),
            detail=detail,
            remedy=remedy,
        )

    def _drawer_report(self) -> tuple[DeviceReport, ...]:
        """The drawer stands as its printer does, and shows when it would not open."""
        if self.printer is None:
            return ()
        status = self.printer.status
        return (
            DeviceReport(
                kind=DeviceKind.DRAWER,
                name=DRAWER,
                address=self.printer.address,
                state=status.state,
                since=status.since,
                drawer_open=status.drawer_open,
                detail=self.drawer.trouble,
            ),
        )


def _report(kind: DeviceKind, device: Device) -> DeviceReport:
    status = structs.asdict(device.status)
    return DeviceReport(kind=kind, name=device.name, address=device.address, **status)
