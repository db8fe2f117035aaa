"""Printers of every kind, each with the virtual printer at its other end."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from agent.base.clock import SystemClock
from drivers.make import make_printer
from drivers.ports import ReceiptPrinter
from drivers.printer.options import PrinterOptions
from drivers.virtual.ports import Port, SerialPort, Served, StreamWire, TcpPort
from drivers.virtual.printer_condition import Lack
from drivers.virtual.printer_device import VirtualPrinter
from drivers.virtual.printer_paper import Receipt
from tests.conformance.haste import HASTY, PATIENCE, nap
from tests.conformance.witness import PATIENCE_SECONDS, Witness
from tests.drivers.printer.paper import Bench

NAME = "receipts"


class Rig(ABC):
    """A place for one printer, plugged in at first."""

    address: str
    options = PrinterOptions(drawer_open_level="high")
    patience = PATIENCE

    def printer(self, witness: Witness) -> ReceiptPrinter:
        """The driver, not yet running."""
        return make_printer(
            NAME,
            self.address,
            self.options,
            on_status=witness.on_status,
            clock=SystemClock(),
            sleep=nap,
            patience=self.patience,
        )

    @abstractmethod
    async def plug(self) -> None:
        """The hardware is there."""

    @abstractmethod
    async def unplug(self) -> None:
        """The hardware vanishes, if it is there."""

    @abstractmethod
    async def receipts(self) -> list[Receipt]:
        """What was cut off, or torn off, so far."""

    @abstractmethod
    async def kicks(self, count: int) -> list[int]:
        """The pins of the drawer's pulses, when there are so many."""


class AnsweringRig(Rig):
    """The virtual printer, which answers and has every trouble."""

    def __init__(self, directory: Path, lacks: Collection[Lack] = ()) -> None:
        self.hardware = VirtualPrinter(clock=SystemClock(), lacks=lacks)
        self.port = self.make_port(directory)

    @abstractmethod
    def make_port(self, directory: Path) -> Port:
        """Where the printer is reached."""

    def expect_silence(self) -> None:
        """Have a driver made that soon gives an answer up."""
        self.patience = HASTY

    async def plug(self) -> None:
        await self.hardware.come_back()

    async def unplug(self) -> None:
        self.hardware.vanish()

    async def receipts(self) -> list[Receipt]:
        assert self.hardware.unknown == []
        return list(self.hardware.receipts)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as that holds of the hardware."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.hardware.until(holds)

    async def kicks(self, count: int) -> list[int]:
        await self.until(lambda: len(self.hardware.openings) >= count)
        return [opening.pin for opening in self.hardware.openings]


class TcpRig(AnsweringRig):
    """On the network."""

    def make_port(self, directory: Path) -> Port:
        self._tcp = TcpPort(self.hardware)
        return self._tcp

    @property
    def address(self) -> str:  # type: ignore[override]  # known once the port is open
        return self._tcp.address


class SerialRig(AnsweringRig):
    """On a serial line, which is a pty."""

    def make_port(self, directory: Path) -> Port:
        port = SerialPort(self.hardware, directory / "printer")
        self.address = port.address
        return port


class ThirdPartyRig(AnsweringRig):
    """Behind a socket of the file system: what the example driver reaches."""

    def make_port(self, directory: Path) -> Port:
        self.address = f"socket:{directory / 'printer'}"
        return _SocketPort(self.hardware, directory / "printer")

    def expect_silence(self) -> None:
        self.address += "?hasty"


class FileRig(Rig):
    """A file that everything is appended to; it vanishes with its directory."""

    def __init__(self, directory: Path) -> None:
        self._place = directory / "place"
        self._place.mkdir()
        self._away = directory / "away"
        self.address = f"file:{self._place / 'receipts.bin'}"

    async def plug(self) -> None:
        self._away.rename(self._place)

    async def unplug(self) -> None:
        self._place.rename(self._away)

    async def receipts(self) -> list[Receipt]:
        return self._worked_off().receipts

    async def kicks(self, count: int) -> list[int]:
        kicks = self._worked_off().kicks
        assert len(kicks) >= count
        return kicks

    def _worked_off(self) -> Bench:
        bench = Bench()
        bench.feed((self._place / "receipts.bin").read_bytes())
        assert bench.paper.unknown == []
        return bench


class _SocketPort:
    """Listens at a path of the file system."""

    def __init__(self, device: Served, path: Path) -> None:
        self._device = device
        self._path = path
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_unix_server(self._serve, self._path)

    def close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
            self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._device.serve(StreamWire(reader, writer))


@asynccontextmanager
async def running(rig: Rig, witness: Witness) -> AsyncIterator[ReceiptPrinter]:
    """The printer of `rig` at work; it must still be at work in the end."""
    printer = rig.printer(witness)
    task = asyncio.create_task(printer.run())
    try:
        yield printer
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


ANSWERING: dict[str, type[AnsweringRig]] = {
    "tcp": TcpRig,
    "serial": SerialRig,
    "third_party": ThirdPartyRig,
}
