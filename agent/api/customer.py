"""`GET /customer/events`: what the window towards the customer shows, as server-sent events.

Each event is one view (services/house/customer_window.py); the first is how the till stands now. It
is told to whoever runs on this PC: a customer signs in nowhere.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec
from aiohttp import hdrs, web

from agent.api.entry.access import FETCH_SITE, OWN_FETCHES
from agent.base.problem import ProblemError
from agent.services.desk.errors import RequestError
from agent.services.desk.news import FellBehindError, Item, Topic
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.customer_window import WELCOME, CustomerView, CustomerWindow
from agent.services.selling.open_basket import get_basket

CUSTOMER_EVENTS_PATH = "/customer/events"

MAX_WINDOWS = 8
"""Open at once; a till has one."""
PING_S = 20.0
"""After so long without news a comment is sent, by which a window that is gone is found out."""

_HEADERS = {hdrs.CONTENT_TYPE: "text/event-stream"}


class CustomerEvents:
    """The windows that are open."""

    def __init__(self, desk: StoreDesk, window: CustomerWindow) -> None:
        self._desk = desk
        self._window = window
        self._open: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one window until it is closed, or the agent stops."""
        if request.headers.get(FETCH_SITE) not in OWN_FETCHES:
            raise ProblemError(403, "origin_not_allowed", "the window is for our own page only")
        if len(self._open) >= MAX_WINDOWS:
            detail = f"{MAX_WINDOWS} windows are open"
            raise ProblemError(503, "busy", detail, headers={hdrs.RETRY_AFTER: "5"})
        response = web.StreamResponse(headers=_HEADERS)
        speaking = asyncio.create_task(self._speak(request, response))
        self._open.add(speaking)
        try:
            with suppress(ConnectionError, FellBehindError, asyncio.CancelledError):
                await speaking
        finally:
            self._open.discard(speaking)
        return response

    async def close(self, _: web.Application) -> None:
        """End every stream: the agent stops."""
        for speaking in self._open:
            speaking.cancel()

    async def _speak(self, request: web.Request, response: web.StreamResponse) -> None:
        with self._desk.news.listen(Topic.BASKET, Topic.SALE) as items:
            await response.prepare(request)
            await response.write(_event(await self._now()))
            async for item in _with_pauses(items):
                if item is None:
                    await response.write(b":\n\n")
                elif view := self._window.view_of(item):
                    await response.write(_event(view))

    async def _now(self) -> CustomerView:
        try:
            opened = await get_basket(self._desk, self._window.till)
        except RequestError:  # whoever changes or sells it is told
            return WELCOME
        return self._window.basket(opened.priced)


async def _with_pauses(items: AsyncIterator[Item]) -> AsyncIterator[Item | None]:
    """Yield each item, and None whenever none came for PING_S."""
    while True:
        coming = asyncio.ensure_future(anext(items))
        try:
            while not (await asyncio.wait({coming}, timeout=PING_S))[0]:
                yield None
            yield coming.result()
        finally:
            coming.cancel()


def _event(view: CustomerView) -> bytes:
    return b"data: " + msgspec.json.encode(view) + b"\n\n"
