"""The cookie that carries a session's token.

HttpOnly: no script reads it. SameSite=Strict: no other site's page sends it. Not Secure: the page
comes over plain HTTP from this PC itself, and a Secure cookie would not come back. Its name ends in
the port: a browser has one jar for all ports of a host, and agents side by side would sign each
other's cashiers out.
"""

import re

from aiohttp import hdrs, web

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_ATTRIBUTES = "HttpOnly; SameSite=Strict; Path=/"


class SessionCookie:
    """The cookie of the agent that is set to listen on `port`."""

    def __init__(self, port: int) -> None:
        self.name = f"store_session_{port}"

    def token(self, request: web.Request) -> str | None:
        """Return the token of the request's one session cookie; None for none.

        Two of them are as good as none: a page on another port of this PC may have set one.
        """
        named = f"{self.name}="
        given = [
            pair.strip().removeprefix(named)
            for header in request.headers.getall(hdrs.COOKIE, ())
            for pair in header.split(";")
            if pair.strip().startswith(named)
        ]
        return given[0] if len(given) == 1 and _TOKEN.match(given[0]) else None

    def carrying(self, token: str) -> dict[str, str]:
        """Return the header that sets the cookie until the browser is closed."""
        return {hdrs.SET_COOKIE: f"{self.name}={token}; {_ATTRIBUTES}"}

    def clearing(self) -> dict[str, str]:
        """Return the header that takes the cookie away."""
        return {hdrs.SET_COOKIE: f"{self.name}=; Max-Age=0; {_ATTRIBUTES}"}
