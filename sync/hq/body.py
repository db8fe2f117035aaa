"""Reading a request's body with a cap on what it may become, compressed or not."""

import zlib

from aiohttp import web

from agent.base.problem import ProblemError

GZIP_WINDOW = 16 + zlib.MAX_WBITS


async def read_body(request: web.Request, *, max_bytes: int) -> bytes:
    """Return the body, decompressed; raise ProblemError 400, 413 or 415."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise ProblemError(415, "content_encoding", f"gzip or none, got {encoding[:40]!r}")
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large(max_bytes) from None
    data = _gunzip(raw, max_bytes) if encoding == "gzip" else raw
    if len(data) > max_bytes:
        raise too_large(max_bytes)
    return data


def too_large(max_bytes: int) -> ProblemError:
    """The answer to a body above the cap: the store sends less at a time."""
    return ProblemError(413, "body_too_large", f"at most {max_bytes} bytes, decompressed")


def _gunzip(raw: bytes, max_bytes: int) -> bytes:
    inflater = zlib.decompressobj(GZIP_WINDOW)
    try:
        data = inflater.decompress(raw, max_bytes + 1)
    except zlib.error as error:
        raise ProblemError(400, "bad_gzip", str(error)) from None
    if len(data) > max_bytes:
        raise too_large(max_bytes)
    if not inflater.eof or inflater.unused_data:
        raise ProblemError(400, "bad_gzip", "cut short, or followed by something else")
    return data
