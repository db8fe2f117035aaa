"""A virtual printer with a socket for a display: ESC = says whose the following bytes are."""

import re

from drivers.virtual.glass import Glass
from drivers.virtual.ports import Served, Wire
from drivers.virtual.printer_bytes import RealTime

_SELECT = re.compile(rb"\x1b=([\x01\x02])")
_BEGUN = re.compile(rb"\x1b=?\Z")
_PRINTER = 1
"""The number after ESC =; 2 is the display."""


class WithDisplay:
    """Implements drivers.virtual.ports.Served: brings a printer's wires to it, less the display's.

    As with a real one, what is selected stays so over connections.
    """

    def __init__(self, printer: Served, display: Glass) -> None:
        self.selected = _PRINTER
        self._printer = printer
        self._display = display

    async def serve(self, wire: Wire) -> None:
        """Serve it until it ends."""
        await self._printer.serve(_PrintersPart(wire, self, self._display))


class _PrintersPart:
    """Implements Wire: what of it the printer obeys."""

    def __init__(self, wire: Wire, device: WithDisplay, display: Glass) -> None:
        self._wire = wire
        self._device = device
        self._display = display
        self._pending = b""
        self._real_time = RealTime()
        self.write = wire.write
        self.close = wire.close
        self.abort = wire.abort

    async def read(self) -> bytes:
        """Return what came for the printer; nothing at the end."""
        while data := await self._wire.read():
            if mine := self._taken_apart(data):
                return mine
        return b""

    def _taken_apart(self, data: bytes) -> bytes:
        stream = self._pending + data
        begun = _BEGUN.search(stream)
        end = begun.start() if begun else len(stream)
        self._pending = stream[end:]
        first, *rest = _SELECT.split(stream[:end])
        mine = self._handed_out(first)
        for number, part in zip(rest[::2], rest[1::2], strict=True):
            self._device.selected = number[0]
            mine += self._handed_out(part)
        return mine

    def _handed_out(self, part: bytes) -> bytes:
        """Give the display its part; return the printer's, which obeys at once what is real-time.

        Also while it is not selected: DLE EOT, DLE ENQ, DLE DC4.
        """
        if self._device.selected == _PRINTER:
            return part
        at_once, rest = self._real_time.feed(part)
        if rest:
            self._display.take(rest)
        return b"".join(at_once)
