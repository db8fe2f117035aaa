"""What the local API did, for monitoring: answers by operation and status, and their times."""

import time
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Middleware

from agent.api.live import EVENTS_PATH
from agent.api.problems import Handler
from agent.base.tally import OTHER, Spread, Tally

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bounds of the histograms: a blink is 0.1."""
WATCHED = ("scan", "put_basket", "sell")
"""What a cashier waits for; all else is told as one."""


class Measured:
    """Counts of answers since the start, and their times."""

    def __init__(self) -> None:
        self.answered = Tally("operation", "status")
        self.seconds = {name: Spread(SECONDS) for name in (*WATCHED, OTHER)}

    def note(self, operation: str, status: int, seconds: float) -> None:
        """Take one answer in; `operation` is OTHER for what is none (pages, documents)."""
        self.answered.add(operation, f"{status // 100}xx")
        self.seconds.get(operation, self.seconds[OTHER]).observe(seconds)


def measuring(measured: Measured, operations: Mapping[tuple[str, str], str]) -> Middleware:
    """Return the middleware; `operations` are names by method and path of the route."""

    @web.middleware
    async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.monotonic()
        answer = await handler(request)
        resource = request.match_info.route.resource
        path = resource.canonical if resource else ""
        if path != EVENTS_PATH:  # a socket is answered when it ends
            name = operations.get((request.method, path), OTHER)
            measured.note(name, answer.status, time.monotonic() - began)
        return answer

    return measure
