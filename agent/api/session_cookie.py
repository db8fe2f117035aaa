"""The cookie that carries a session's token.

HttpOnly: no script reads it. SameSite=Strict: no other site's page sends it. Not Secure: the page
comes over plain HTTP from this PC itself, and a Secure cookie would not come back.
"""

import re

from aiohttp import hdrs, web

SESSION_COOKIE = "store_session"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_ATTRIBUTES = "HttpOnly; SameSite=Strict; Path=/"


def session_token(request: web.Request) -> str | None:
    """Return the token of the request's one session cookie; None for none.

    Two of them are as good as none: a page on another port of this PC may have set one.
    """
    named = f"{SESSION_COOKIE}="
    given = [
        pair.strip().removeprefix(named)
        for header in request.headers.getall(hdrs.COOKIE, ())
        for pair in header.split(";")
        if pair.strip().startswith(named)
    ]
    return given[0] if len(given) == 1 and _TOKEN.match(given[0]) else None


def carrying(token: str) -> dict[str, str]:
    """Return the header that sets the cookie until the browser is closed."""
    return {hdrs.SET_COOKIE: f"{SESSION_COOKIE}={token}; {_ATTRIBUTES}"}


def clearing() -> dict[str, str]:
    """Return the header that takes the cookie away."""
    return {hdrs.SET_COOKIE: f"{SESSION_COOKIE}=; Max-Age=0; {_ATTRIBUTES}"}
