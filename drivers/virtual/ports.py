"""Ways into a virtual device: a TCP port, and a serial line that is a pseudo-terminal."""

import asyncio
import contextlib
import os
import socket
import struct
import tty
from pathlib import Path
from typing import Protocol

READ_BYTES = 4_096
LOOPBACK = "127.0.0.1"


class Wire(Protocol):
    """One connection of somebody who uses the device."""

    async def read(self) -> bytes:
        """Return what came; nothing at the end."""

    def write(self, data: bytes) -> None:
        """Send; to nobody if the connection is gone."""

    def close(self) -> None:
        """End it in order."""

    def abort(self) -> None:
        """Break it off, as if the cable were pulled."""


class Port(Protocol):
    """Where wires come from: a TCP port, a serial line."""

    async def open(self) -> None:
        """Take connections."""

    def close(self) -> None:
        """Take no more."""


class Served(Protocol):
    """A device that wires are brought to."""

    async def serve(self, wire: Wire) -> None:
        """Take what it brings until it ends."""


class TcpPort:
    """Listens on the network; on the same port each time it is opened."""

    def __init__(self, device: Served, *, host: str = LOOPBACK, port: int = 0) -> None:
        self._device = device
        self._host = host
        self.port = port
        """0 until it is opened, if any will do."""
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """Where it is, as in the settings."""
        return f"tcp://{self._host}:{self.port}"

    async def open(self) -> None:
        """Listen; does nothing while it listens."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, self._host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Refuse who comes; connections that are there stay."""
        if self._server:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._device.serve(StreamWire(reader, writer))


class SerialPort:
    """A pseudo-terminal under a name that stays when it is unplugged and plugged in again."""

    def __init__(self, device: Served, path: Path) -> None:
        self._device = device
        self._path = path
        self._theirs: int | None = None
        self._wire: _PtyWire | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where it is, as in the settings."""
        return f"serial:{self._path}"

    async def open(self) -> None:
        """Plug it in; does nothing while it is plugged in."""
        if self._theirs is not None:
            return
        ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self._wire = await _pty_wire(ours)
        self._serving = asyncio.create_task(self._device.serve(self._wire), name=self.address)
        self._path.symlink_to(os.ttyname(self._theirs))

    def close(self) -> None:
        """Pull it out."""
        if self._theirs is not None and self._wire:
            self._path.unlink()
            self._wire.abort()
            os.close(self._theirs)
            self._theirs = None


class StreamWire:
    """A connection of asyncio streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        try:
            return await self._reader.read(READ_BYTES)
        except ConnectionError:
            return b""

    def write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    def close(self) -> None:
        self._writer.transport.abort()  # what it said is with the system already

    def abort(self) -> None:
        """A reset: the other side must not take it for an end in order."""
        if taken := self._writer.get_extra_info("socket"):
            with contextlib.suppress(OSError):
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


class _PtyWire:
    def __init__(
        self, fd: int, reader: asyncio.StreamReader, transport: asyncio.ReadTransport
    ) -> None:
        self._fd = fd
        self._reader = reader
        self._transport = transport

    async def read(self) -> bytes:
        return await self._reader.read(READ_BYTES)

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            with contextlib.suppress(BlockingIOError):  # nobody reads what it says
                os.write(self._fd, data)

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self.close()


async def _pty_wire(fd: int) -> _PtyWire:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(fd, "rb", buffering=0)
    )
    return _PtyWire(fd, reader, transport)
