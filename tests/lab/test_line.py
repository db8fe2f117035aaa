"""The laboratory's line: it forwards, and when it is cut it is cut for real."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.lab.line import Line, LineCounts, LineCut
from tests.lab.ports import LOOPBACK, free_port

SILENCE_S = 0.05  # how long nothing has to arrive before a line counts as silent


class Echo:
    """A target that sends back what it gets, and remembers it."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(1024):
                self.received += chunk
                writer.write(chunk)
                await writer.drain()
        except ConnectionResetError:
            pass
        finally:
            writer.close()
            self.ended.set()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, Line]]:
    """An echo server, and a started line to it."""
    target = Echo()
    server = await asyncio.start_server(target.serve, LOOPBACK, 0)
    line = Line(*server.sockets[0].getsockname())
    await line.start()
    yield target, line
    await line.stop()
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def call(line: Line) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection over the line, closed at the end."""
    reader, writer = await asyncio.open_connection(*line.address)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def test_bytes_and_the_end_of_the_stream_pass_both_ways(echo: tuple[Echo, Line]) -> None:
    target, line = echo
    async with call(line) as (reader, writer):
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        writer.write_eof()
        assert await reader.read() == b""
    await target.ended.wait()
    assert line.counts == LineCounts(connections=1, bytes_to_target=5, bytes_from_target=5)


async def test_a_large_body_passes_whole(echo: tuple[Echo, Line]) -> None:
    _, line = echo
    body = bytes(range(256)) * 8192
    async with call(line) as (reader, writer):
        writer.write(body)
        assert await reader.readexactly(len(body)) == body


async def test_a_refusing_line_resets_what_is_open_and_refuses_what_is_new(
    echo: tuple[Echo, Line],
) -> None:
    target, line = echo
    async with call(line) as (reader, writer):
        writer.write(b"hello")
        await reader.readexactly(5)
        await line.cut(LineCut.REFUSE)
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
    await target.ended.wait()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*line.address)


async def test_a_dropping_line_accepts_and_stays_silent(echo: tuple[Echo, Line]) -> None:
    target, line = echo
    async with call(line) as (old_reader, old_writer):
        old_writer.write(b"before")
        await old_reader.readexactly(6)
        await line.cut(LineCut.DROP)
        async with call(line) as (new_reader, new_writer):
            old_writer.write(b"lost")
            new_writer.write(b"lost")
            for reader in (old_reader, new_reader):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(reader.read(1), SILENCE_S)
    assert target.received == b"before"


async def test_a_dropping_line_hides_from_the_target_that_the_caller_has_gone(
    echo: tuple[Echo, Line],
) -> None:
    target, line = echo
    async with call(line) as (reader, writer):
        writer.write(b"x")
        await reader.readexactly(1)
        await line.cut(LineCut.DROP)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(target.ended.wait(), SILENCE_S)
    await line.mend()
    await target.ended.wait()


@pytest.mark.parametrize("mode", LineCut)
async def test_a_mended_line_passes_again_at_the_same_address(
    echo: tuple[Echo, Line], mode: LineCut
) -> None:
    _, line = echo
    address = line.address
    await line.cut(mode)
    await line.mend()
    assert line.address == address
    async with call(line) as (reader, writer):
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"


async def test_held_bytes_arrive_when_a_dropping_line_is_mended(echo: tuple[Echo, Line]) -> None:
    target, line = echo
    await line.cut(LineCut.DROP)
    async with call(line) as (reader, writer):
        writer.write(b"late")
        await line.mend()
        assert await reader.readexactly(4) == b"late"
    assert target.received == b"late"


@pytest.mark.parametrize(("first", "then"), [(LineCut.DROP, LineCut.REFUSE), tuple(LineCut)])
async def test_the_way_of_being_cut_can_change(
    echo: tuple[Echo, Line], first: LineCut, then: LineCut
) -> None:
    target, line = echo
    await line.cut(first)
    await line.cut(then)
    if then is LineCut.REFUSE:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*line.address)
    else:
        async with call(line) as (_, writer):
            writer.write(b"lost")
            await asyncio.sleep(SILENCE_S)
    assert target.received == b""


@pytest.mark.parametrize("n_bytes", [0, 3])
async def test_an_answer_is_severed_after_so_many_bytes_and_only_once(
    echo: tuple[Echo, Line], n_bytes: int
) -> None:
    target, line = echo
    severed = line.sever_after(n_bytes)
    async with call(line) as (reader, writer):
        writer.write(b"request")
        assert await reader.readexactly(n_bytes) == b"request"[:n_bytes]
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
    assert severed.is_set()
    assert target.received == b"request"
    assert line.counts.bytes_from_target == n_bytes
    async with call(line) as (reader, writer):
        writer.write(b"repeat")
        assert await reader.readexactly(6) == b"repeat"


async def test_a_line_to_a_target_that_is_down_resets_its_callers() -> None:
    line = Line(LOOPBACK, free_port())
    await line.start()
    try:
        async with call(line) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
    finally:
        await line.stop()


async def test_stop_resets_connections_and_may_be_repeated(echo: tuple[Echo, Line]) -> None:
    target, line = echo
    async with call(line) as (reader, writer):
        writer.write(b"x")
        await reader.readexactly(1)
        await line.stop()
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
    await target.ended.wait()
    await line.stop()
