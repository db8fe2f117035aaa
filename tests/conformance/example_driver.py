"""A driver that somebody else brought, whole: a scanner that writes lines into a named pipe."""

import asyncio
import os
import time
from typing import BinaryIO

from agent.base.clock import Clock
from drivers.errors import AddressError
from drivers.ports import DeviceState, DeviceStatus, ScanListener, Scanned, StatusListener
from drivers.scanner.options import ScannerOptions

RETRY_SECONDS = 0.005


class PipeScanner:
    """Implements drivers.ports.Scanner with nothing but asyncio."""

    def __init__(
        self, name: str, path: str, on_scan: ScanListener, on_status: StatusListener, clock: Clock
    ) -> None:
        self.name = name
        self.address = path
        self._on_scan = on_scan
        self._on_status = on_status
        self._clock = clock
        self.status = DeviceStatus(state=DeviceState.CONNECTING, since=clock.wall())

    async def run(self) -> None:
        """Read the pipe whenever it is there."""
        while True:
            try:
                await self._listen(_open(self.address))
            except OSError as error:
                self._tell(DeviceState.DISCONNECTED, str(error), f"mkfifo {self.address}")
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, pipe: BinaryIO) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
        try:
            self._tell(DeviceState.CONNECTED)
            while (line := await reader.readline()).endswith(b"\r\n"):
                code = line.decode().strip()
                scan = Scanned(code=code, scanner=self.name, at_ns=time.monotonic_ns())
                self._on_scan(scan)
        finally:
            transport.close()
        raise OSError("the pipe's other end is closed")

    def _tell(self, state: DeviceState, detail: str = "", remedy: str = "") -> None:
        if state is not self.status.state:
            self.status = DeviceStatus(
                state=state, since=self._clock.wall(), detail=detail, remedy=remedy
            )
            self._on_status(self.status)


def make_scanner(
    name: str,
    address: str,
    options: ScannerOptions,  # the pipe marks its lines in its own way
    *,
    on_scan: ScanListener,
    on_status: StatusListener,
    clock: Clock,
) -> PipeScanner:
    """What the entry point leads to."""
    if not address.startswith("/"):
        raise AddressError(f"pipe:{address} is no path; write pipe:/PATH")
    return PipeScanner(name, address, on_scan, on_status, clock)


def _open(path: str) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)
