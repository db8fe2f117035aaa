"""What every answer tells a browser, unless its route says something stricter."""

from aiohttp import hdrs, web

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    # What concerns a store or a session stays in no cache.
    hdrs.CACHE_CONTROL: "no-store",
}


async def secure(_: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that `response` does not set itself; runs before it is sent."""
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
