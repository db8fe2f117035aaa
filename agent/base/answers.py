"""What a server answered, for its monitoring: counts by route and status, and their times."""

import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from agent.base.tally import OTHER, Spread, Tally

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bounds of the histograms: a blink is 0.1."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NameOf = Callable[[web.Request], str | None]
"""What an answer is counted as: one of a few names, OTHER; None: it is not counted."""


class Answers:
    """Counts of answers since the start, and their times."""

    def __init__(self, *watched: str) -> None:
        """`watched` are the names whose times are kept apart; all else is told as one."""
        self.answered = Tally("operation", "status")
        self.seconds = {name: Spread(SECONDS) for name in (*watched, OTHER)}

    def note(self, name: str, status: int, seconds: float) -> None:
        """Take one answer in."""
        self.answered.add(name, f"{status // 100}xx")
        self.seconds.get(name, self.seconds[OTHER]).observe(seconds)

    def counting(self, name_of: NameOf) -> Middleware:
        """Return the middleware that takes in each answer; it belongs outermost."""

        @web.middleware
        async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
            began = time.monotonic()
            answer = await handler(request)
            name = name_of(request)
            if name is not None:
                self.note(name, answer.status, time.monotonic() - began)
            return answer

        return count
