"""A line to head office that counts the bytes of its answers, and can hide what a new store is for.

`python -m tests.bench.feed_line URL [--no-snapshots]`: without snapshots a store reads the feed
from its start, as it did before there were any.
"""

import asyncio
import sys

import aiohttp
from aiohttp import web

from agent.base.problem import CONTENT_TYPE, ProblemError
from tests.bench.process import serve

COUNTED = "/counted"
"""Answers the bytes so far."""
_HIDDEN = ("/sync/v1/wake",)
_SNAPSHOTS = "/sync/v1/snapshot"
_PASSED_ON = ("Content-Type", "Content-Encoding", "Retry-After")
_KEPT_HERE = ("Host", "Content-Length", "Connection")


class Passage:
    """Passes requests on, one by one."""

    def __init__(self, target: str, *, snapshots: bool) -> None:
        self._target = target
        self._snapshots = snapshots
        self._bytes = 0
        self._session: aiohttp.ClientSession | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as head office does."""
        if request.path == COUNTED:
            return web.json_response(self._bytes)
        if request.path in _HIDDEN or (request.path.startswith(_SNAPSHOTS) and not self._snapshots):
            body = ProblemError(404, "not_found").body()
            return web.Response(status=404, body=body, content_type=CONTENT_TYPE)
        return await self._passed_on(request)

    async def _passed_on(self, request: web.Request) -> web.Response:
        if self._session is None:
            self._session = aiohttp.ClientSession(auto_decompress=False)
        async with self._session.request(
            request.method,
            self._target + request.path_qs,
            data=await request.read() or None,
            headers={k: v for k, v in request.headers.items() if k not in _KEPT_HERE},
        ) as answer:
            body = await answer.read()
            self._bytes += len(body)
            headers = {k: answer.headers[k] for k in _PASSED_ON if k in answer.headers}
            return web.Response(status=answer.status, body=body, headers=headers)


if __name__ == "__main__":
    passage = Passage(sys.argv[1], snapshots="--no-snapshots" not in sys.argv)
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", passage.answer)
    asyncio.run(serve(app))
