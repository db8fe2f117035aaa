"""What every answer tells a browser, unless its route says something stricter."""

from collections.abc import Awaitable, Callable, Set

from aiohttp import hdrs, web
from multidict import istr

from agent.api.entry.cors import shown_to

SERVER_NAME = "store-agent"
"""Says neither versions nor libraries."""

_ALWAYS = {
    istr("X-Content-Type-Options"): "nosniff",
    istr("Referrer-Policy"): "no-referrer",
    istr("Cross-Origin-Resource-Policy"): "same-origin",
    istr("Content-Security-Policy"): "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    # What concerns a store or a session stays in no cache.
    hdrs.CACHE_CONTROL: "no-store",
}

Prepare = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


def secure(origins: Set[str]) -> Prepare:
    """Return what adds the headers that an answer does not set itself; run before it is sent.

    `origins`: of other web pages that may see answers.
    """

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        headers[hdrs.SERVER] = SERVER_NAME
        headers.add(hdrs.VARY, hdrs.ORIGIN)
        origin = request.headers.get(hdrs.ORIGIN)
        if origin in origins:
            headers.update(shown_to(str(origin)))

    return prepare
