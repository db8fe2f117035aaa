"""Web pages of other origins that the settings allow: a POS that is a page itself.

A browser asks by a preflight before it sends a key from another origin, and shows an answer only to
an origin that the answer names. No cookie is ever allowed: a session is for the agent's own page.
"""

from aiohttp import hdrs, web

from agent.api.body import IDEMPOTENCY_KEY
from agent.api.entry.access import MODE_HEADER

PREFLIGHT_MAX_AGE_S = 600
"""How long a browser may keep what a preflight said."""

_METHODS = "GET, POST, PUT, DELETE"
_HEADERS = ", ".join((hdrs.AUTHORIZATION, hdrs.CONTENT_TYPE, IDEMPOTENCY_KEY, MODE_HEADER))
_SHOWN = f"{hdrs.RETRY_AFTER}, {MODE_HEADER}"


def is_preflight(request: web.Request) -> bool:
    """Whether a browser asks if a page of another origin may send a request."""
    return (
        request.method == hdrs.METH_OPTIONS
        and hdrs.ORIGIN in request.headers
        and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    )


def preflight() -> web.Response:
    """Return what a page may send; its Origin has been let in."""
    headers: dict[str, str] = {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: _METHODS,
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _HEADERS,
        hdrs.ACCESS_CONTROL_MAX_AGE: str(PREFLIGHT_MAX_AGE_S),
    }
    return web.Response(status=204, headers=headers)


def shown_to(origin: str) -> dict[str, str]:
    """Return what lets a browser show an answer to pages of `origin`."""
    return {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
        hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: _SHOWN,
    }
