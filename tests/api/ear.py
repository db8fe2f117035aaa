"""Listens to the WebSocket of news, as a page or a POS does."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.api.page import Page

EVENTS = "/api/v1/events"


class Ear:
    """Opens sockets, and closes what is left open."""

    def __init__(self, port: int, stack: AsyncExitStack) -> None:
        self._url = f"http://127.0.0.1:{port}{EVENTS}"
        self._stack = stack

    async def open(self, headers: dict[str, str]) -> ClientWebSocketResponse:
        """Open a socket; raise WSServerHandshakeError when it is refused."""
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        socket = await session.ws_connect(self._url, headers=headers)
        self._stack.push_async_callback(socket.close)
        return socket

    async def of_page(self, page: Page) -> ClientWebSocketResponse:
        """Open a socket as the page's script does."""
        return await self.open(page_headers(page))

    async def of_key(self, key: str) -> ClientWebSocketResponse:
        """Open a socket as a POS does."""
        return await self.open({"Authorization": f"Bearer {key}"})

    async def refusal(self, headers: dict[str, str]) -> int:
        """Return the status of the refused handshake."""
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await self.open(headers)
        return caught.value.status


def page_headers(page: Page) -> dict[str, str]:
    """Return what a browser sends when our own page opens a socket."""
    return {
        "Cookie": f"{page.cookie}={page.token}",
        "Origin": page.url,
        "Sec-Fetch-Site": "same-origin",
    }


async def heard(socket: ClientWebSocketResponse) -> Any:
    """Return the next message."""
    async with asyncio.timeout(10):
        return json.loads(await socket.receive_str())


async def heard_of(socket: ClientWebSocketResponse, topic: str) -> Any:
    """Return the next message on `topic`."""
    while (message := await heard(socket))["topic"] != topic:
        pass
    return message


async def close_code(socket: ClientWebSocketResponse) -> int | None:
    """Return the code with which the other side closes, whatever it says before."""
    async with asyncio.timeout(10):
        while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
            pass
    return socket.close_code
