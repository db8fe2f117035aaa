"""A simulated receipt printer: speaks ESC/POS over any wire, and can have every trouble."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from agent.base.clock import SECOND_MS, Clock, Millis
from drivers.virtual.ports import Port, Wire
from drivers.virtual.printer_bytes import Command, RealTime, Token, Tokenizer
from drivers.virtual.printer_condition import Condition, Lack
from drivers.virtual.printer_paper import MAX_RECEIPTS, Paper, Receipt

RECEIVE_BUFFER_BYTES = 65_536
"""When so much waits to be printed, it reads no more, as a printer does."""
MAX_OPENINGS = 200


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The drawer's opening."""

    at: Millis
    pin: int
    pulse_ms: int


class VirtualPrinter:
    """The device. `run` prints; ports bring wires to `serve`; knobs are plain methods.

    It serves one connection at a time, others wait; and what it was amid when one broke off it is
    still amid when the next begins, as long as it keeps its power.
    """

    def __init__(
        self, *, columns: int = 48, clock: Clock, lacks: Collection[Lack] = frozenset()
    ) -> None:
        self.columns = columns
        self.lacks = frozenset(lacks)
        self.condition = Condition()
        self.receipts: deque[Receipt] = deque(maxlen=MAX_RECEIPTS)
        self.openings: deque[Opening] = deque(maxlen=MAX_OPENINGS)
        self.received = 0
        """Bytes so far."""
        self.cuts = 0
        """How often it cut, were it blank paper."""
        self._paper = Paper(four_bytes=Lack.GB18030 not in self.lacks)
        self._clock = clock
        self._ports: list[Port] = []
        self._wires: set[Wire] = set()
        self._queue: deque[tuple[Token, Wire]] = deque()
        self._queued_bytes = 0
        self._count = 0
        self._served = asyncio.Lock()
        self._forget()
        self._changed = asyncio.Event()

    @property
    def unknown(self) -> list[bytes]:
        """Every command that it did not know."""
        return self._paper.unknown

    @property
    def printing(self) -> Receipt | None:
        """What stands on the paper that is not cut off yet."""
        if not self._paper.items:
            return None
        items = tuple(self._paper.items)
        return Receipt(number=self._count + 1, at=self._clock.wall(), items=items, cut=False)

    @property
    def connections(self) -> int:
        """How many are connected."""
        return len(self._wires)

    async def attach(self, port: Port) -> None:
        """Open a port that leads here."""
        await port.open()
        self._ports.append(port)

    def next_change(self) -> asyncio.Event:
        """Set as soon as anything about it changes from now on."""
        return self._changed

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as `holds()`, looked at after each change."""
        while not holds():
            await self.next_change().wait()

    @asynccontextmanager
    async def running(self, *ports: Port) -> AsyncIterator[Self]:
        """Print what comes by the ports while inside."""
        task = asyncio.create_task(self.run(), name="virtual printer")
        try:
            for port in ports:
                await self.attach(port)
            yield self
        finally:
            self.stop()
            task.cancel()
            await asyncio.wait({task})

    async def run(self) -> None:
        """Print what comes, until cancelled."""
        while True:
            if not self._queue or self.condition.blocked:
                await self.next_change().wait()
                continue
            token, wire = self._queue.popleft()
            if self.condition.ms_per_line and token == Command(name="LF", params=b""):
                await asyncio.sleep(self.condition.ms_per_line / SECOND_MS)
            self._work_off(token, wire)

    async def serve(self, wire: Wire) -> None:
        """Take what a wire brings until it ends, or the printer vanishes."""
        if self.condition.gone or self.condition.refusing:
            wire.abort()
            return
        self._wires.add(wire)
        self._tell()
        try:
            async with self._served:
                while data := await wire.read():
                    self._receive(data, wire)
                    await self.until(lambda: self._queued_bytes < RECEIVE_BUFFER_BYTES)
            if Lack.END in self.lacks:
                await self.until(lambda: self.condition.gone)
        finally:
            self._wires.discard(wire)
            wire.close()
            self._tell()

    def stop(self) -> None:
        """Close its ports and connections."""
        for port in self._ports:
            port.close()
        self._disconnect()

    # Knobs

    def run_out_of_paper(self, *, after_lines: int = 0) -> None:
        """Let the paper end, now or after so many lines."""
        self.condition.lines_left = after_lines
        self._tell()

    def load_paper(self) -> None:
        """Put in a new roll; printing goes on where it stopped."""
        self.condition.lines_left, self.condition.paper_low = None, False
        self._tell()

    def use_up_paper(self) -> None:
        """Let the paper be nearly used up."""
        self.condition.paper_low = True
        self._tell()

    def open_cover(self) -> None:
        """Stop printing until the cover is closed."""
        self.condition.cover_open = True
        self._tell()

    def close_cover(self) -> None:
        """Go on printing."""
        self.condition.cover_open = False
        self._tell()

    def jam_cutter(self, *, jammed: bool = True) -> None:
        """Stick the cutter, or free it."""
        self.condition.cutter_stuck = jammed
        self._tell()

    def fall_silent(self) -> None:
        """Answer nothing any more; go on printing, which is the worst that silence can hide."""
        self.condition.silent = True
        self._tell()

    def speak(self) -> None:
        """Answer again."""
        self.condition.silent = False
        self._tell()

    def slow_down(self, ms_per_line: int) -> None:
        """Take so long for each line."""
        self.condition.ms_per_line = ms_per_line
        self._tell()

    def close_drawer(self) -> None:
        """Push the drawer in."""
        self.condition.drawer_open = False
        self._tell()

    def refuse_connections(self) -> None:
        """Take no new connection; those that are there stay."""
        self.condition.refusing = True
        for port in self._ports:
            port.close()
        self._tell()

    def vanish(self, *, after_bytes: int = 0, keeps_power: bool = False) -> None:
        """Lose its power, now or after so many more bytes: what is not on paper is lost.

        With `keeps_power` only its cable is pulled: it goes on with what it got, and is amid it.
        """
        self.condition.bytes_left, self.condition.keeps_power = after_bytes, keeps_power
        if not after_bytes:
            self._vanish()
        self._tell()

    async def come_back(self) -> None:
        """Be there again, and take connections."""
        self.condition.gone = self.condition.refusing = False
        self.condition.bytes_left = None
        for port in self._ports:
            await port.open()
        self._tell()

    # Inside

    def _receive(self, data: bytes, wire: Wire) -> None:
        left = self.condition.bytes_left
        taken = data if left is None else data[:left]
        self.received += len(taken)
        commands, rest = self._real_time.feed(taken)
        for command in commands:
            self._obey_at_once(command, wire)
        for token in self._tokenizer.feed(rest):
            self._queue.append((token, wire))
            self._queued_bytes += _size(token)
        if left is not None:
            self.condition.bytes_left = left - len(taken)
            if not self.condition.bytes_left:
                self._vanish()
        self._tell()

    def _vanish(self) -> None:
        self.condition.gone, self.condition.bytes_left = True, None
        if not self.condition.keeps_power:
            self._forget()
            self._paper.switch_off()
            self._finish(cut=False)
        for port in self._ports:
            port.close()
        self._disconnect()

    def _forget(self) -> None:
        """Be as after switching on."""
        self._queue.clear()
        self._queued_bytes = 0
        self._real_time = RealTime()
        self._tokenizer = Tokenizer(without={"GS ( k"} if Lack.QR in self.lacks else ())

    def _disconnect(self) -> None:
        for wire in tuple(self._wires):
            wire.abort()

    def _work_off(self, token: Token, wire: Wire) -> None:
        self._queued_bytes -= _size(token)
        match token:
            case Command(name="GS r", params=b"\x01" | b"1"):
                if Lack.CONFIRMATION not in self.lacks:
                    self._answer(wire, self.condition.paper_sensor())
            case Command(name="ESC p", params=params) if params[0] in (0, 1, 0x30, 0x31):
                self._open_drawer(pin=5 if params[0] & 1 else 2, pulse_ms=2 * params[1])
            case Command(name="GS V"):
                self.cuts += 1
                self._finish(cut=True)
            case _:
                self._use_paper(self._paper.put(token))
        self._tell()

    def _use_paper(self, lines: int) -> None:
        if self.condition.lines_left is not None:
            self.condition.lines_left = max(0, self.condition.lines_left - lines)

    def _finish(self, *, cut: bool) -> None:
        receipt = self._paper.take(self._count + 1, self._clock.wall(), cut=cut)
        if receipt and not receipt.is_blank:
            self._count += 1
            self.receipts.append(receipt)

    def _open_drawer(self, *, pin: int, pulse_ms: int) -> None:
        self.condition.drawer_open = True
        self.openings.append(Opening(at=self._clock.wall(), pin=pin, pulse_ms=pulse_ms))

    def _obey_at_once(self, command: bytes, wire: Wire) -> None:
        """DLE EOT n and DLE DC4 1 m t; others are noted as unknown."""
        match tuple(command):
            case (0x10, 0x04, n):
                if Lack.STATUS not in self.lacks and (n == 1 or Lack.CAUSES not in self.lacks):
                    self._answer(wire, self.condition.status_byte(n))
            case (0x10, 0x14, 1, m, t):
                if Lack.PULSE not in self.lacks:
                    self._open_drawer(pin=5 if m else 2, pulse_ms=100 * t)
            case _:
                self.unknown.append(command)

    def _answer(self, wire: Wire, byte: int) -> None:
        if not self.condition.silent:
            wire.write(bytes((byte,)))

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _size(token: Token) -> int:
    return len(token.params) + 2 if isinstance(token, Command) else len(token.data)
