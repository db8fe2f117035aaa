"""Scanners of every kind, each with what plays the hardware at its other end."""

import asyncio
import os
import socket
from abc import ABC, abstractmethod
from contextlib import suppress
from functools import partial
from pathlib import Path

from agent.base.clock import SystemClock
from drivers.address import HidAddress
from drivers.connection import Connection
from drivers.make import make_scanner
from drivers.ports import Scanner
from drivers.scanner.hid import open_grabbed
from drivers.scanner.keys import KeyDecoder
from drivers.scanner.options import ScannerOptions
from drivers.scanner.stream import StreamScanner
from drivers.virtual.scanner import VirtualScanner
from tests.conformance.witness import Witness
from tests.drivers.scanner.keyboard import key_strokes
from tests.lab.ports import LOOPBACK, free_port

NAME = "counter"


async def nap(_seconds: float) -> None:
    """Wait hardly at all before the next try."""
    await asyncio.sleep(0.002)


class Rig(ABC):
    """A place for one scanner; nothing is plugged in at first."""

    address: str

    @abstractmethod
    def __init__(self, directory: Path) -> None:
        """Be anywhere in `directory`, or on the network."""

    def scanner(self, witness: Witness) -> Scanner:
        """The driver, not yet running."""
        return make_scanner(
            NAME,
            self.address,
            ScannerOptions(),
            on_scan=witness.on_scan,
            on_status=witness.on_status,
            clock=SystemClock(),
            sleep=nap,
        )

    @abstractmethod
    async def plug(self) -> None:
        """The hardware is there."""

    @abstractmethod
    async def unplug(self) -> None:
        """The hardware vanishes, if it is there."""

    @abstractmethod
    async def send(self, text: str) -> None:
        """The hardware sends this: letters, digits and line ends."""


class SerialRig(Rig):
    """The virtual scanner on a pty, read as any serial scanner."""

    def __init__(self, directory: Path) -> None:
        self._hardware = VirtualScanner(directory / "scanner")
        self._hardware.unplug()
        self.address = f"serial:{self._hardware.path}"

    async def plug(self) -> None:
        self._hardware.replug()

    async def unplug(self) -> None:
        self._hardware.unplug()

    async def send(self, text: str) -> None:
        self._hardware.send(text.encode())


class TcpRig(Rig):
    """A scanner on the network: a socket that listens."""

    def __init__(self, directory: Path) -> None:
        self._port = free_port()
        self._listener: socket.socket | None = None
        self._clients: list[socket.socket] = []
        self.address = f"tcp://{LOOPBACK}:{self._port}"

    async def plug(self) -> None:
        self._listener = socket.create_server((LOOPBACK, self._port))
        self._listener.setblocking(False)

    async def unplug(self) -> None:
        for end in [*self._clients, *filter(None, [self._listener])]:
            end.close()
        self._clients, self._listener = [], None

    async def send(self, text: str) -> None:
        assert self._listener
        with suppress(BlockingIOError):
            while True:
                self._clients.append(self._listener.accept()[0])
        self._clients[-1].sendall(text.encode())


class PipeRig(Rig):
    """A named pipe whose writing end is the hardware: what the example driver reads."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "pipe"
        self._writer = -1
        self.address = f"pipe:{self._path}"

    async def plug(self) -> None:
        os.mkfifo(self._path)
        self._writer = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)

    async def unplug(self) -> None:
        if self._writer >= 0:
            self._path.unlink()
            os.close(self._writer)
            self._writer = -1

    async def send(self, text: str) -> None:
        rest = self._bytes(text)
        while rest:
            try:
                rest = rest[os.write(self._writer, rest) :]
            except BlockingIOError:  # the pipe is full: the driver's turn
                await asyncio.sleep(0.001)

    def _bytes(self, text: str) -> bytes:
        return text.encode()


class HidRig(PipeRig):
    """Key events through a named pipe, which stands for the event device.

    All but the ioctl that grabs the device is as on hardware.
    """

    def scanner(self, witness: Witness) -> Scanner:
        address = HidAddress(path=str(self._path))
        connection = Connection(
            name=NAME,
            open_link=partial(open_grabbed, address, grab=lambda _fd: None),
            on_status=witness.on_status,
            clock=SystemClock(),
            sleep=nap,
        )
        return StreamScanner(
            name=NAME,
            address=f"hid:{self._path}",
            options=ScannerOptions(),
            connection=connection,
            on_scan=witness.on_scan,
            make_decode=lambda: KeyDecoder().feed,
        )

    def _bytes(self, text: str) -> bytes:
        return key_strokes(text.replace("\r\n", "\r"))


RIGS: dict[str, type[Rig]] = {
    "serial": SerialRig,
    "tcp": TcpRig,
    "hid": HidRig,
    "third_party": PipeRig,
}
