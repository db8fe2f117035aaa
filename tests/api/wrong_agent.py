"""An agent that is wrong in one way: the right one behind a proxy that spoils what passes."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

_OF_THE_CALLER = ("Authorization", "Store-Agent-Mode")
_OF_THE_HOP = ("content-length", "transfer-encoding", "connection", "date", "server")


@dataclass
class Asked:
    """A request on its way to the agent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def is_to(self, method: str, end: str) -> bool:
        """Whether it is `method` on a path that ends so."""
        return self.method == method and self.path.endswith(end)


@dataclass
class Told:
    """An answer on its way back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        """The JSON value."""
        return json.loads(self.body)

    def change(self, **fields: Any) -> "Told":
        """Return the answer with other fields in its JSON object."""
        return Told(self.status, self.headers, json.dumps(self.value | fields).encode())


Forward = Callable[[Asked], Awaitable[Told]]
Fault = Callable[[Asked, Forward], Awaitable[Told]]


async def none(asked: Asked, forward: Forward) -> Told:
    """No fault: the agent as it is."""
    return await forward(asked)


@asynccontextmanager
async def wrong_agent(right_url: str, fault: Fault, *, greeting: str = "") -> AsyncIterator[str]:
    """Give the address of the wrong agent; its sockets say `greeting` first if there is one."""
    async with aiohttp.ClientSession() as session:

        async def forward(asked: Asked) -> Told:
            async with session.request(
                asked.method,
                right_url + asked.path,
                headers=asked.headers,
                data=asked.body or None,
                skip_auto_headers=("Content-Type",),
            ) as answer:
                kept = {k: v for k, v in answer.headers.items() if k.lower() not in _OF_THE_HOP}
                return Told(answer.status, kept, await answer.read())

        async def handle(request: web.Request) -> web.StreamResponse:
            headers = {k: v for k, v in request.headers.items() if k.lower() not in _OF_THE_HOP}
            asked = Asked(request.method, request.path, headers, await request.read())
            if "Upgrade" in request.headers:
                return await _relay(request, session, right_url, greeting)
            told = await fault(asked, forward)
            return web.Response(status=told.status, headers=told.headers, body=told.body)

        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def _relay(
    request: web.Request, session: aiohttp.ClientSession, right_url: str, greeting: str
) -> web.StreamResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    headers = {name: request.headers[name] for name in _OF_THE_CALLER if name in request.headers}

    async def pass_on(agent: aiohttp.ClientWebSocketResponse) -> None:
        if greeting:
            await socket.send_str(greeting)
        async for message in agent:
            await socket.send_str(message.data)

    async with session.ws_connect(right_url + request.path, headers=headers) as agent:
        passing = asyncio.create_task(pass_on(agent))
        async for _ in socket:
            pass
        passing.cancel()
        with suppress(asyncio.CancelledError):
            await passing
    return socket
