"""The network under test: connections in memory, with delays, losses, cuts, repeats and partitions.

A connection is what TCP gives: bytes in order, each way for itself; what is lost holds up all that
follows, a broken connection is noticed by a side when word of it arrives, or never.
"""

import asyncio
import random
import re
import socket
from collections import Counter
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.simulation.process import current

Address = tuple[str, int]


TRACED_CHARS = 400
_APART_S = 1e-6
"""Between two things that arrive: a loop looks at its sockets once a round."""


class State(StrEnum):
    """What becomes of a store's line."""

    UP = "up"
    REFUSED = "refused"
    """New connections are turned away, those that were open are reset."""
    SILENT = "silent"
    """Whatever is sent vanishes."""
    DEAF = "deaf"
    """What HQ says vanishes; what the store says arrives."""


class Mishap(StrEnum):
    """What befalls one request of a store, or its answer."""

    REQUEST_LOST = "request_lost"
    REQUEST_CUT = "request_cut"
    """A part of it arrives, then the connection is reset."""
    REQUEST_LATE = "request_late"
    """It arrives when the store has given it up long ago."""
    REQUEST_REPEATED = "request_repeated"
    """It arrives, and once more later on a connection of its own."""
    ANSWER_LOST = "answer_lost"
    ANSWER_CUT = "answer_cut"


@dataclass
class Line:
    """How one store reaches HQ."""

    name: str = ""
    state: State = State.UP
    delay_s: tuple[float, float] = (0.005, 0.05)
    mishaps: list[tuple[str, Mishap]] = field(default_factory=list)
    """Each befalls the next request whose path ends so."""
    met: Counter[str] = field(default_factory=Counter)
    """What happened on it: mishaps, and what HQ answered."""


class Network:
    """All lines, and the servers behind them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.lines: dict[str, Line] = {}
        """By the address that the store calls."""
        self.server: tuple[Callable[[], Any], Context] | None = None
        """Makes a protocol for a new connection, in the context of the process that serves."""
        self.chance = random.Random(0)
        self.traced = False
        """Whether all that is sent is printed."""
        self._connected: dict[socket.socket, str] = {}
        self._open: list[_Connection] = []

    def knows(self, address: Any) -> bool:
        """Whether the address lies in this network."""
        return isinstance(address, tuple) and address[0] in self.lines

    def has_connected(self, sock: socket.socket) -> bool:
        """Whether `sock` was connected here."""
        return sock in self._connected

    async def connect(self, sock: socket.socket, address: Address) -> None:
        """Reach HQ; OSError as the real thing has it."""
        line = self.lines[address[0]]
        await asyncio.sleep(self.chance.uniform(*line.delay_s))
        if line.state in (State.SILENT, State.DEAF):
            await self._loop.create_future()
        if line.state is State.REFUSED or self.server is None:
            raise ConnectionRefusedError(111, "Connection refused")
        self._connected[sock] = address[0]

    def open(self, sock: socket.socket, protocol: Any) -> tuple["_Side", Any]:
        """Open the connection for which `sock` stands."""
        line = self.lines[self._connected.pop(sock)]
        sock.close()
        connection = _Connection(self._loop, self, line, protocol, copy_context())
        self._open.append(connection)
        return connection.store, protocol

    def hang_up(self) -> None:
        """The server has died: its machine resets every connection."""
        self.server = None
        for connection in self._open:
            connection.hq.lost_with_its_process()
        self._open.clear()

    def forget(self, address: str) -> None:
        """The store's process has died: its machine resets every connection."""
        line = self.lines[address]
        for connection in [one for one in self._open if one.line is line]:
            connection.store.lost_with_its_process()
            self._open.remove(connection)

    def repeat_later(self, line: Line, request: bytearray, answered: "_Answered") -> None:
        """Bring `request` once more, as a proxy might."""
        server = self.server

        def again() -> None:
            if self.server is not None:
                known = answered.yet and self.server is server
                listener = _Listener(line, must_be_refused=known)
                connection = _Connection(self._loop, self, line, listener, copy_context())
                self._open.append(connection)
                connection.store.write(bytes(request))

        self._loop.call_later(self.chance.uniform(0.1, 90), again)


class _Listener(asyncio.Protocol):
    """Hears what HQ says to a request that was repeated, after the first one was answered."""

    def __init__(self, line: Line, *, must_be_refused: bool) -> None:
        self._line = line
        self._must_be_refused = must_be_refused

    def data_received(self, data: bytes) -> None:
        taken = data.startswith(b"HTTP/1.1 200")
        if self._must_be_refused:
            self._line.met["repeat taken" if taken else "repeat refused"] += 1


class _Answered:
    """Whether HQ has answered a request with 200."""

    yet = False


class _Connection:
    """Both sides of one connection."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        network: Network,
        line: Line,
        protocol: Any,
        context: Context,
    ) -> None:
        assert network.server is not None
        make, server_context = network.server
        self.line = line
        self.store = _Side(loop, network, line, protocol, context, is_store=True)
        self.hq = _Side(loop, network, line, server_context.run(make), server_context)
        self.store.other, self.hq.other = self.hq, self.store
        protocol.connection_made(self.store)
        server_context.run(self.hq.protocol.connection_made, self.hq)


class _Side(asyncio.Transport):
    """One side: what it writes goes to the other, as the line lets it."""

    other: "_Side"

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        network: Network,
        line: Line,
        protocol: Any,
        context: Context,
        *,
        is_store: bool = False,
    ) -> None:
        super().__init__({"peername": ("10.0.0.1", 1), "sockname": ("10.0.0.2", 2)})
        self._loop = loop
        self._network = network
        self._line = line
        self.protocol = protocol
        self._context = context
        self._process = context.get(current)
        self._is_store = is_store
        self._arrives = 0.0
        self._stalled = False
        """What is written from now on vanishes, and so does word of the end."""
        self._closing = False
        self._lost = False
        self._mishap: Mishap | None = None
        self._request = bytearray()
        self._answered = _Answered()

    def write(self, data: Any) -> None:
        if self._closing or self._lost:
            return
        data = bytes(data)
        if self._is_store:
            self._meet(data)
        else:
            self._note_answer(data)
        self._send(data)

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        if not self._closing and not self._lost:
            self._closing = True
            self._later(self.other, None)
            self._loop.call_soon(self._lose, None, context=self._context)

    def abort(self) -> None:
        if not self._lost:
            self._closing = True
            self._later(self.other, ConnectionResetError(104, "Connection reset by peer"))
            self._loop.call_soon(self._lose, None, context=self._context)

    def lost_with_its_process(self) -> None:
        """The process is gone; the other side hears of it, if the line lets it."""
        if not self._lost:
            self._lost = self._closing = True
            self._later(self.other, ConnectionResetError(104, "Connection reset by peer"))
            self._loop.call_soon(self.protocol.connection_lost, None)  # lets go of timers

    def is_closing(self) -> bool:
        return self._closing or self._lost

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    def pause_reading(self) -> None:
        """Nothing here is ever too much."""

    def resume_reading(self) -> None:
        """Nothing here is ever too much."""

    def is_reading(self) -> bool:
        return True

    def set_write_buffer_limits(self, high: Any = None, low: Any = None) -> None:
        """Nothing here is ever too much."""

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return False

    def _meet(self, data: bytes) -> None:
        """A request begins: something may befall it."""
        start = _REQUEST.match(data)
        if start is None:
            self._request += data
            return
        self._request, self._answered = bytearray(data), _Answered()
        path = start[1].decode()
        self._mishap = next((m for end, m in self._line.mishaps if path.startswith(end)), None)
        if self._mishap is not None:
            befalls = next(one for one in self._line.mishaps if path.startswith(one[0]))
            self._line.mishaps.remove(befalls)
            self._line.met[self._mishap] += 1
            self.other._mishap = self._mishap

    def _note_answer(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 200"):
            self.other._answered.yet = True
        status = _STATUS.match(data)
        if status and (found := _CODE.search(data)):
            self._line.met[f"{status[1].decode()} {found[1].decode()}"] += 1
        for action in _ACTION.findall(data):
            self._line.met[f"hello {action.decode()}"] += 1
        for action in _CLAIM.findall(data):
            self._line.met[f"claim {action.decode()}"] += 1
        if b"already_accepted" in data or b"event_known" in data:
            self._line.met["duplicate told"] += 1

    def _send(self, data: bytes) -> None:
        mishap, chance = self._mishap, self._network.chance
        mine = (
            mishap is not None
            and mishap.startswith("request" if self._is_store else "answer")
            and mishap is not Mishap.REQUEST_REPEATED
        )
        if mine and mishap in (Mishap.REQUEST_LOST, Mishap.ANSWER_LOST):
            self._stalled = self.other._stalled = True
        if mine and mishap in (Mishap.REQUEST_CUT, Mishap.ANSWER_CUT):
            self._later(self.other, data[: chance.randrange(len(data))])
            self._later(self.other, ConnectionResetError(104, "Connection reset by peer"))
            self._later(self, ConnectionResetError(104, "Connection reset by peer"))
            self._stalled = self.other._stalled = True
            return
        if mine and mishap is Mishap.REQUEST_LATE:
            self._arrives = max(self._arrives, self._loop.time() + chance.uniform(20, 120))
            self._later(self.other, data)
            self._loop.call_soon(self._stall)
            return
        if mishap is Mishap.REQUEST_REPEATED and self._is_store:
            self._network.repeat_later(self._line, self._request, self._answered)
            self._mishap = None
        self._later(self.other, data)

    def _stall(self) -> None:
        """After the request itself: nothing more goes either way."""
        self._stalled = self.other._stalled = True

    def _later(self, receiver: "_Side", what: bytes | Exception | None) -> None:
        if self._network.traced:
            self._trace(what)
        state = self._line.state
        if self._stalled or state is State.SILENT or (state is State.DEAF and not self._is_store):
            self._stalled = True
            return
        at = self._loop.time() + self._network.chance.uniform(*self._line.delay_s)
        self._arrives = max(self._arrives + _APART_S, at)
        self._loop.call_at(self._arrives, receiver._receive, what, context=receiver._context)

    def _trace(self, what: bytes | Exception | None) -> None:
        who = f"{self._line.name} {'→' if self._is_store else '←'}"
        told = "closed" if what is None else repr(what)[:TRACED_CHARS]
        print(f"{self._loop.time():10.3f} {who} {told}")

    def _receive(self, what: bytes | Exception | None) -> None:
        if self._lost or (self._process is not None and not self._process.alive):
            return
        if isinstance(what, bytes):
            if what:
                self.protocol.data_received(what)
        elif what is None:
            if not self.protocol.eof_received():
                self.close()
        else:
            self._lose(what)

    def _lose(self, why: Exception | None) -> None:
        if not self._lost:
            self._lost = self._closing = True
            if self._process is None or self._process.alive:
                self.protocol.connection_lost(why)


_REQUEST = re.compile(rb"(?:GET|POST|PUT) [^ ?]*?/sync/v1/([a-z]+)")
_STATUS = re.compile(rb"HTTP/1\.1 ([45]\d\d)")
_CODE = re.compile(rb'"code":"([a-z_]+)"')
_ACTION = re.compile(rb'"action":"([a-z_]+)"')
_CLAIM = re.compile(rb'"state":"(granted|used|revoked|elsewhere|unknown)"')
