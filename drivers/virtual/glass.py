"""What all virtual customer displays share: a serial line, and commands that they obey."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from drivers.virtual.ports import Port, SerialPort, Wire

MAX_PENDING_BYTES = 4_096
"""No command is so long; what is longer is thrown away."""


class Glass(ABC):
    """Takes whole commands out of what comes and keeps what it does not know."""

    def __init__(self, commands: re.Pattern[bytes], *, begun: re.Pattern[bytes]) -> None:
        """`begun`: the beginning of a command at the end of what came."""
        self.unknown: list[bytes] = []
        """Bytes that belong to no command, and lines that are too long."""
        self._commands = commands
        self._begun = begun
        self._pending = b""
        self._port: Port | None = None
        self._changed = asyncio.Event()

    @abstractmethod
    def clear(self) -> None:
        """Be dark."""

    @abstractmethod
    def obey(self, command: re.Match[bytes]) -> None:
        """Do what one whole command says."""

    @asynccontextmanager
    async def running(self, path: Path) -> AsyncIterator[Self]:
        """Be plugged in at `path` while inside; the address is `serial:{path}`."""
        self._port = SerialPort(self, path)
        await self._port.open()
        try:
            yield self
        finally:
            self._port.close()

    async def replug(self) -> None:
        """Be plugged in again, dark as after power-on."""
        if self._port:
            self.switch_off_and_on()
            await self._port.open()

    def unplug(self) -> None:
        """Vanish."""
        if self._port:
            self._port.close()

    def switch_off_and_on(self) -> None:
        """Be dark; who writes to it does not notice: the adapter has its power from the PC."""
        self._pending = b""
        self.clear()
        self._tell()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as `holds()`, looked at after each change."""
        while not holds():
            await self._changed.wait()

    async def serve(self, wire: Wire) -> None:
        """Show what comes until it ends."""
        self._pending = b""
        try:
            while data := await wire.read():
                self.take(data)
        finally:
            wire.abort()

    def take(self, data: bytes) -> None:
        """Obey the whole commands in what comes next."""
        stream = self._pending + data
        begun = self._begun.search(stream)
        end = begun.start() if begun else len(stream)
        at = 0
        for command in self._commands.finditer(stream, 0, end):
            self._note(stream[at : command.start()])
            self.obey(command)
            at = command.end()
        self._note(stream[at:end])
        self._pending = stream[end:][-MAX_PENDING_BYTES:]
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _note(self, data: bytes) -> None:
        if data:
            self.unknown.append(data)
