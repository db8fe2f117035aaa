"""The load generator counts what it saw, and takes no figure from a server that fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import pytest

from tests.bench.load import LoadError, drive, post

READ_BYTES = 64 * 1024

Answer: TypeAlias = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Takes all that a connection holds for one request and lets `answer` write what it likes."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.connections = 0
        self.bodies: list[bytes] = []
        self._serving: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        await asyncio.gather(*self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.append(serving)
        while request := await reader.read(READ_BYTES):
            body = request.partition(b"\r\n\r\n")[2]
            self.bodies.append(body)
            await self._answer(body, writer)
        writer.close()


async def answer_in_pieces(body: bytes, writer: asyncio.StreamWriter) -> None:
    status = b"503 Service Unavailable" if body.endswith(b"0") else b"200 OK"
    for piece in (b"HTTP/1.1 " + status + b"\r\ncontent-", b"LENGTH: 4\r\n\r", b"\nok", b"ok"):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)


async def test_each_request_is_sent_once_and_its_status_counted() -> None:
    server = Server(answer_in_pieces)
    async with server.running() as port:
        load = await drive(port, [post("/", b"%d" % n) for n in range(50)], callers=4)
    assert sorted(server.bodies) == sorted(b"%d" % n for n in range(50))
    assert dict(load.statuses) == {200: 45, 503: 5}
    assert len(load.latencies_s) == 50
    assert load.per_s == pytest.approx(50 / load.seconds)
    assert 0 < load.latency_ms(50) <= load.latency_ms(100) <= load.seconds * 1000
    with pytest.raises(LoadError, match="503: 5"):
        load.require_clean()


async def test_each_caller_waits_for_its_last_answer() -> None:
    server = Server(answer_in_pieces)
    async with server.running() as port:
        await drive(port, [post("/", b"1")] * 40, callers=8)
    assert server.connections == 8
    assert server.bodies == [b"1"] * 40  # two at once would be read as one


async def test_more_callers_than_requests_end_all_the_same() -> None:
    async with Server(answer_in_pieces).running() as port:
        load = await drive(port, [post("/", b"1")] * 3, callers=8)
    assert load.require_clean().statuses[200] == 3


async def test_an_answer_without_the_expected_text_is_kept_as_unexpected() -> None:
    async with Server(answer_in_pieces).running() as port:
        load = await drive(port, [post("/", b"1")] * 3, callers=1, expect=b"accepted")
    assert load.unexpected == (b"okok",) * 3
    with pytest.raises(LoadError, match="okok"):
        load.require_clean()


async def test_a_server_that_closes_a_connection_breaks_the_run_off() -> None:
    async def hang_up(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with Server(hang_up).running() as port:
        with pytest.raises(LoadError, match="closed a connection"):
            await drive(port, [post("/", b"1")] * 3, callers=2)


async def test_an_answer_without_a_length_breaks_the_run_off() -> None:
    async def stream(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")

    async with Server(stream).running() as port:
        with pytest.raises(LoadError, match="without Content-Length"):
            await drive(port, [post("/", b"1")], callers=1)
