"""WebSocket `GET /api/v1/events`: what is new, as JSON messages {topic, till, training, facts}.

The first message is the status. A socket only speaks; what it hears is let go.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
from aiohttp import WSCloseCode, hdrs, web

from agent.api.entry.access import CALLER
from agent.base.problem import ProblemError
from agent.services.desk.caller import Caller
from agent.services.desk.news import FellBehindError, Item, News, Topic
from agent.services.house.status import StatusReport
from agent.services.staff.till_sessions import SessionNews, SessionState

EVENTS_PATH = "/api/v1/events"

TOPICS = (
    Topic.STATUS,
    Topic.SCAN,
    Topic.SYNCED,
    Topic.PRINT,
    Topic.DEVICES,
    Topic.BASKET,
    Topic.SESSION,
)
"""What a page or a POS may hear; the rest is the agent's own affair."""

SIGNED_OUT = 4401
"""Close code: the session has ended or is locked, or the API key was taken away."""
SIGNED_IN_ELSEWHERE = 4409
"""Close code: the session has ended because somebody signed in at another window of the till."""
FELL_BEHIND = 4408
"""Close code: too slow to hear the news; connect again and look anew."""

MAX_SOCKETS = 32
"""Open at once; a PC shows one page, perhaps two."""
MAX_HEARD_BYTES = 1_024
"""Longer messages from the other side end the socket (1009)."""
PING_S = 20.0
"""Without an answer in half of it the other side is gone."""
SEND_S = 10.0
"""So long a message may take; then the other side has fallen behind."""
CLOSE_S = 1.0
"""So long the other side's good-bye is waited for."""
LOOK_S = 1.0
"""Between looks whether the session still stands: nothing else tells that it was idle too long."""


class Live:
    """The open sockets."""

    def __init__(
        self,
        *,
        news: News,
        status: Callable[[], Awaitable[StatusReport]],
        still_in: Callable[[Caller], Awaitable[bool]],
    ) -> None:
        self._news = news
        self._status = status
        self._still_in = still_in
        self._open: set[web.WebSocketResponse] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket until it is closed."""
        socket = web.WebSocketResponse(
            heartbeat=PING_S, max_msg_size=MAX_HEARD_BYTES, timeout=CLOSE_S, compress=False
        )
        if not socket.can_prepare(request):
            headers: dict[str, str] = {hdrs.UPGRADE: "websocket"}
            raise ProblemError(426, "upgrade_needed", "this is a WebSocket", headers=headers)
        if len(self._open) >= MAX_SOCKETS:
            detail = f"{MAX_SOCKETS} sockets are open"
            raise ProblemError(503, "busy", detail, headers={hdrs.RETRY_AFTER: "5"})
        self._open.add(socket)
        try:
            with self._news.listen(
                *TOPICS
            ) as items:  # from before the first status: nothing is missed
                await socket.prepare(request)
                await socket.close(code=await self._talk(socket, request[CALLER], items))
        finally:
            self._open.discard(socket)
        return socket

    async def close(self, _: web.Application) -> None:
        """Close every socket: the agent stops."""
        goodbyes = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in self._open)
        await asyncio.gather(*goodbyes)

    async def _talk(
        self, socket: web.WebSocketResponse, caller: Caller, items: AsyncIterator[Item]
    ) -> int:
        """Return the close code, as soon as one side has reason to end."""
        parts = [
            asyncio.create_task(part)
            for part in (self._speak(socket, caller, items), _hear(socket), self._guard(caller))
        ]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _speak(
        self, socket: web.WebSocketResponse, caller: Caller, items: AsyncIterator[Item]
    ) -> int:
        try:
            await _send(socket, Item(topic=Topic.STATUS, facts=await self._status()))
            async for item in items:
                if item.topic is Topic.SESSION and not await self._still_in(caller):
                    return _why_out(item)
                if _concerns(caller, item):
                    await _send(socket, item)
        except (FellBehindError, TimeoutError):
            return FELL_BEHIND
        except ConnectionError:
            return WSCloseCode.ABNORMAL_CLOSURE
        return WSCloseCode.OK

    async def _guard(self, caller: Caller) -> int:
        while True:
            await asyncio.sleep(LOOK_S)
            if not await self._still_in(caller):
                return SIGNED_OUT


def _why_out(item: Item) -> int:
    """The close code for whose session `item` ended."""
    is_taken = isinstance(item.facts, SessionNews) and item.facts.state is SessionState.BEGAN
    return SIGNED_IN_ELSEWHERE if is_taken else SIGNED_OUT


def _concerns(caller: Caller, item: Item) -> bool:
    """A page is told of its own till; who sells nothing that was practised, and who practises of no
    other baskets than those."""
    if caller.till is not None and item.till not in (None, caller.till):
        return False
    if item.topic is Topic.BASKET:
        return item.training == caller.training
    return caller.training or not item.training


async def _hear(socket: web.WebSocketResponse) -> int:
    async for _ in socket:
        pass
    return WSCloseCode.OK


async def _send(socket: web.WebSocketResponse, item: Item) -> None:
    async with asyncio.timeout(SEND_S):
        await socket.send_str(msgspec.json.encode(item).decode())
