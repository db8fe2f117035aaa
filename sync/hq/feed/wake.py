"""Wake-up streams: a store that keeps one open is told at once that it has something to read.

Server-sent events (WHATWG HTML, 9.2). A stream carries no change itself: the store asks for the
page, whose answer is the only thing that counts. So a stream that is cut, doubled or forged costs a
poll and no more.
"""

import asyncio
import random
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

from aiohttp import web

from agent.base.problem import ProblemError
from sync.hq.feed.announce import EVERY_STORE
from sync.protocol.limits import HEARTBEAT_S, WAKE_EVENT

LIFE_S = 900.0
"""A stream ends after this, and up to a fifth less, so that who asks is proven anew."""
MAX_OF_STORE = 4
"""A store has one agent; the oldest stream of more ends."""
FULL_RETRY_S = 60
SPREAD_S_PER_STREAM = 0.000_1
MAX_SPREAD_S = 0.5
"""What concerns all stores is told over so long a time at most, so that they don't ask at once."""

_HEARTBEAT = b":\n\n"


class WakeStreams:
    """The streams of this process. Implements listening.Audience."""

    def __init__(self, *, max_streams: int, draw: Callable[[], float] = random.random) -> None:
        self._max_streams = max_streams
        self._draw = draw
        self._streams: dict[str, list[_Stream]] = {}
        self._listening = False

    def __len__(self) -> int:
        return sum(map(len, self._streams.values()))

    @property
    def are_told(self) -> bool:
        """Whether changes are heard of, so that there may be streams."""
        return self._listening

    def begin(self) -> None:
        """From now on every change is told."""
        self._listening = True

    def wake(self, stores: Collection[str]) -> None:
        """Wake the streams of these stores, or of EVERY_STORE."""
        everyone = EVERY_STORE in stores
        spread_s = min(MAX_SPREAD_S, len(self) * SPREAD_S_PER_STREAM) if everyone else 0.0
        for store in list(self._streams) if everyone else stores:
            for stream in self._streams.get(store, ()):
                stream.wake(after_s=spread_s * self._draw())

    def end(self) -> None:
        """End all streams: what changes from now on would be told to nobody."""
        self._listening = False
        for stream in list(self._all()):
            stream.end()

    async def serve(self, request: web.Request, store: str) -> web.StreamResponse:
        """Answer with a stream, until it ends. ProblemError 503 when there can be none now."""
        self._check_room()
        stream = _Stream(life_s=LIFE_S * (1 - 0.2 * self._draw()))
        self._add(store, stream)
        response = web.StreamResponse(headers=_HEADERS)
        try:
            with suppress(ConnectionError, TimeoutError):
                await response.prepare(request)
                await stream.write_to(response)
        finally:
            self._remove(store, stream)
        return response

    def _check_room(self) -> None:
        if not self._listening:
            raise _try_again("wake_unavailable", "changes are not heard of just now; poll", 5)
        if len(self) >= self._max_streams:
            raise _try_again("streams_full", "this server has all its streams; poll", FULL_RETRY_S)

    def _add(self, store: str, stream: "_Stream") -> None:
        own = self._streams.setdefault(store, [])
        own.append(stream)
        if len(own) > MAX_OF_STORE:
            own[0].end()

    def _remove(self, store: str, stream: "_Stream") -> None:
        own = self._streams[store]
        own.remove(stream)
        if not own:
            del self._streams[store]

    def _all(self) -> Iterator["_Stream"]:
        for own in self._streams.values():
            yield from own


class _Stream:
    """One stream: first a wake-up, since something may have changed before it was there."""

    def __init__(self, *, life_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + life_s
        self._news = asyncio.Event()
        self._news.set()
        self._ended = False

    def wake(self, *, after_s: float) -> None:
        if after_s > 0:
            self._loop.call_later(after_s, self._news.set)
        else:
            self._news.set()

    def end(self) -> None:
        self._ended = True
        self._news.set()

    async def write_to(self, response: web.StreamResponse) -> None:
        while not self._ended and self._loop.time() < self._ends_at:
            said = WAKE_EVENT if self._news.is_set() else _HEARTBEAT
            self._news.clear()
            async with asyncio.timeout(2 * HEARTBEAT_S):  # one that does not read is let go
                await response.write(said)
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._news.wait()


_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx passes each event on at once
}


def _try_again(code: str, detail: str, after_s: int) -> ProblemError:
    return ProblemError(503, code, detail, headers={"Retry-After": str(after_s)})
