"""A listener that falls behind is told to look anew; the others hear on."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from yarl import URL

from agent.api.entry.access import CALLER
from agent.api.live import Live
from agent.services.desk.caller import Caller
from agent.services.desk.news import MAX_UNREAD, Item, News, Topic
from agent.services.house.status import StatusReport
from tests.api.till import Till

POS = Caller(client="pos-1")


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
async def url(till: Till, news: News) -> AsyncIterator[str]:
    """The address of a socket that lets everybody in."""
    report = msgspec.json.decode((await till.get("/api/v1/status")).body, type=StatusReport)

    async def status() -> StatusReport:
        return report

    async def still_in(_: Caller) -> bool:
        return True

    live = Live(news=news, status=status, still_in=still_in)

    async def let_in(request: web.Request) -> web.StreamResponse:
        request[CALLER] = POS
        return await live.handle(request)

    app = web.Application()
    app.router.add_get("/", let_in)
    app.on_shutdown.append(live.close)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def test_a_listener_that_falls_behind_is_closed_and_may_come_again(
    news: News, url: str
) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        assert await topic(socket) == "status"
        for number in range(MAX_UNREAD + 1):
            news.publish(Item(topic=Topic.SCAN, till="T1", facts=str(number)))
        heard = [message async for message in socket]
        assert len(heard) == MAX_UNREAD
        assert socket.close_code == 4408
        async with session.ws_connect(url) as again:
            assert await topic(again) == "status"


async def test_a_listener_that_keeps_up_hears_everything(news: News, url: str) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        assert await topic(socket) == "status"
        for number in range(3 * MAX_UNREAD):
            news.publish(Item(topic=Topic.SCAN, till="T1", facts=str(number)))
            assert await topic(socket) == "scan"
        assert not socket.closed


async def test_one_that_reads_nothing_is_closed_and_holds_nobody_up(
    news: News, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.api.live.SEND_S", 0.2)
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as other:
        assert await topic(other) == "status"
        _, deaf = await handshake(url)
        while news.publish(Item(topic=Topic.SCAN, facts="x" * 1_000_000)) == 2:
            assert await topic(other) == "scan"
        assert not other.closed
        deaf.close()


async def handshake(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a socket that nobody reads from."""
    place = URL(url)
    reader, writer = await asyncio.open_connection(place.host, place.port)
    writer.write(
        f"GET / HTTP/1.1\r\nHost: {place.authority}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {b64encode(bytes(16)).decode()}\r\n\r\n".encode()
    )
    assert b"101 Switching Protocols" in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def topic(socket: aiohttp.ClientWebSocketResponse) -> str:
    async with asyncio.timeout(10):
        message = await socket.receive()
    assert message.type is WSMsgType.TEXT
    return str(message.json()["topic"])
