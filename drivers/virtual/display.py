"""A customer display without hardware: a serial line (a pty) whose bytes become two lines of text.

    python -m drivers.virtual.display PATH

appears at PATH and prints its two lines whenever they change.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from drivers.plain import columns_of
from drivers.virtual.ports import Port, SerialPort, Wire

MAX_PENDING_BYTES = 4_096
"""No command is so long; what is longer is thrown away."""

_COMMAND = re.compile(rb"\x1b@|\x0c|\x1bQ([AB])([^\x00-\x1f]*)\r")
_BEGUN = re.compile(rb"\x1b(?:Q(?:[AB][^\x00-\x1f]*)?)?\Z")


class VirtualDisplay:
    """Understands ESC @, CLR, ESC Q A and ESC Q B; keeps what it does not know."""

    def __init__(self, *, columns: int = 20) -> None:
        self.columns = columns
        self.lines: tuple[str, str] = ("", "")
        """Upper and lower, without the spaces at their ends."""
        self.unknown: list[bytes] = []
        """Bytes that belong to no command, and lines that are too long."""
        self._port: Port | None = None
        self._wire: Wire | None = None
        self._changed = asyncio.Event()

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
            self.lines = ("", "")
            await self._port.open()

    def unplug(self) -> None:
        """Vanish."""
        if self._port:
            self._port.close()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as `holds()`, looked at after each change."""
        while not holds():
            await self._changed.wait()

    async def serve(self, wire: Wire) -> None:
        """Show what comes until it ends."""
        pending = b""
        try:
            while data := await wire.read():
                pending = self._obey(pending + data)[-MAX_PENDING_BYTES:]
        finally:
            wire.abort()

    def _obey(self, stream: bytes) -> bytes:
        """Obey the whole commands in the stream; return what has only begun."""
        begun = _BEGUN.search(stream)
        end = begun.start() if begun else len(stream)
        at = 0
        for command in _COMMAND.finditer(stream, 0, end):
            self._note(stream[at : command.start()])
            self._show(command)
            at = command.end()
        self._note(stream[at:end])
        return stream[end:]

    def _show(self, command: re.Match[bytes]) -> None:
        line, data = command.groups()
        if line is None:
            self.lines = ("", "")
        else:
            text = data.decode("gb18030", "replace").rstrip(" ")
            upper, lower = self.lines
            self.lines = (text, lower) if line == b"A" else (upper, text)
            if columns_of(text) > self.columns:
                self._note(command[0])
        self._changed.set()
        self._changed = asyncio.Event()

    def _note(self, data: bytes) -> None:
        if data:
            self.unknown.append(data)


async def _watch(path: Path) -> None:
    async with VirtualDisplay().running(path) as display:
        print(f"customer display: serial:{path}", flush=True)
        shown = display.lines
        while True:
            await display.until(lambda: display.lines != shown)  # noqa: B023  # awaited at once
            shown = display.lines
            print("\n".join(f"|{line}" for line in shown), flush=True)


if __name__ == "__main__":
    asyncio.run(_watch(Path(sys.argv[1])))
