"""The store's line to head office: a TCP forwarder that can really be cut."""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from tests.lab.ports import LOOPBACK

CHUNK_BYTES = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: close() sends RST. socket(7)


class LineCut(Enum):
    """How a line is down."""

    REFUSE = "refuse"
    """Open connections are reset, new ones are refused."""
    DROP = "drop"
    """Connections stay open and new ones are accepted, but no byte passes.

    As TCP sends again what was lost, held bytes arrive after `mend()`, even from a sender that has
    given up and closed meanwhile.
    """


@dataclass(frozen=True, kw_only=True)
class LineCounts:
    """What has passed the line since it was made."""

    connections: int
    """Connections that it accepted."""
    bytes_to_target: int
    bytes_from_target: int


class Line:
    """Forwards from a loopback port, the same across cuts, to `target_host`:`target_port`.

    If nothing listens at the target, a connection is accepted and then reset.
    """

    def __init__(self, target_host: str, target_port: int) -> None:
        self._target = (target_host, target_port)
        self._place: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._passing = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._accepted = 0
        self._to_target = _Direction()
        self._from_target = _Direction()

    async def start(self) -> tuple[str, int]:
        """Return the (host, port) that connections are accepted on."""
        self._place = _bound_socket(0)
        await self.mend()
        return self.address

    async def stop(self) -> None:
        """Reset every connection and give the port back; does nothing if it doesn't run."""
        if self._place is not None:
            await self.cut(LineCut.REFUSE)
            self._place.close()
            self._place = None

    async def cut(self, mode: LineCut) -> None:
        """Cut the line; in another mode than before, if it is cut already."""
        self._passing.clear()
        if mode is LineCut.DROP:
            await self._listen()
        else:
            await self._refuse()

    async def mend(self) -> None:
        """Let connections and bytes pass (again)."""
        await self._listen()
        self._passing.set()

    def sever_after(self, n_bytes_from_target: int) -> asyncio.Event:
        """Let so many more bytes pass from the target, then reset the connection of the next one.

        Happens once. 0 loses the next answer whole: the target has the request, and the caller
        gets no byte. The event is set when it has happened.
        """
        return self._from_target.sever_after(n_bytes_from_target)

    @property
    def address(self) -> tuple[str, int]:
        """The (host, port) that connections are accepted on."""
        assert self._place is not None, "the line is not started"
        host, port = self._place.getsockname()
        return host, port

    @property
    def counts(self) -> LineCounts:
        """What has passed so far."""
        return LineCounts(
            connections=self._accepted,
            bytes_to_target=self._to_target.bytes_passed,
            bytes_from_target=self._from_target.bytes_passed,
        )

    async def _listen(self) -> None:
        if self._server is None:
            listener = _bound_socket(self.address[1])
            self._server = await asyncio.start_server(self._connect, sock=listener)

    async def _refuse(self) -> None:
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await server.wait_closed()

    def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # accepted just before the line was cut
            _reset(writer)
            return
        self._accepted += 1
        connection = asyncio.create_task(self._forward(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        close: Callable[[asyncio.StreamWriter], None] = _reset
        ends = [writer]
        try:
            await self._passing.wait()
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            ends.append(far_writer)
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(reader, far_writer, self._to_target))
                pumps.create_task(self._pump(far_reader, writer, self._from_target))
            close = asyncio.StreamWriter.close
        except* OSError:  # the target refused, an end was reset, or the connection severed
            if self._server is not None:  # one that refuses resets all, and cancels but once
                await self._passing.wait()  # a line that is cut carries no reset either
        finally:
            for end in ends:
                close(end)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, direction: "_Direction"
    ) -> None:
        """Carry bytes one way, then the end of the stream; OSError if either end is gone."""
        sink.transport.set_write_buffer_limits(high=0)  # drained means: the kernel has it
        while chunk := await source.read(CHUNK_BYTES):
            await self._passing.wait()
            admitted = direction.admit(chunk)
            sink.write(admitted)
            await sink.drain()
            if len(admitted) < len(chunk):
                raise ConnectionAbortedError("severed")
        await self._passing.wait()
        sink.write_eof()


class _Direction:
    """The bytes that pass one way: counted, and severed once where asked."""

    def __init__(self) -> None:
        self.bytes_passed = 0
        self._last_byte: int | None = None
        self._severed = asyncio.Event()

    def sever_after(self, n_bytes: int) -> asyncio.Event:
        """The event is set when the byte after the next `n_bytes` is withheld."""
        self._last_byte = self.bytes_passed + n_bytes
        self._severed = asyncio.Event()
        return self._severed

    def admit(self, chunk: bytes) -> bytes:
        """The part of `chunk` that may pass: shorter than it once, when it is to be severed."""
        admitted = chunk
        if self._last_byte is not None:
            admitted = chunk[: self._last_byte - self.bytes_passed]
        self.bytes_passed += len(admitted)
        if len(admitted) < len(chunk):
            self._last_byte = None
            self._severed.set()
        return admitted


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        end: socket.socket = writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


def _bound_socket(port: int) -> socket.socket:
    """A socket bound to the loopback `port` (0: a free one) beside others of this process."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((LOOPBACK, port))
    return bound
