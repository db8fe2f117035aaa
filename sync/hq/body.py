"""Reading a request's body with a cap on what it may become, compressed or not."""

import asyncio
import gzip
import zlib

from aiohttp import web

from agent.base.problem import ProblemError
from sync.protocol.signatures import DIGEST_HEADER, content_digest

GZIP_FROM_BYTES = 1_024
GZIP_LEVEL = 6
GZIP_WINDOW = 16 + zlib.MAX_WBITS


async def read_body(request: web.Request, *, max_bytes: int) -> bytes:
    """Return the body, decompressed, after its digest, which is signed, was found to be right.

    ProblemError 400, 413 or 415.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise ProblemError(415, "content_encoding", f"gzip or none, got {encoding[:40]!r}")
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large(max_bytes) from None
    told = request.headers.get(DIGEST_HEADER)
    if told is not None and told != content_digest(raw):
        raise ProblemError(400, "body_differs", "Content-Digest (sha-256) is another body's")
    data = _gunzip(raw, max_bytes) if encoding == "gzip" else raw
    if len(data) > max_bytes:
        raise too_large(max_bytes)
    return data


async def packed(request: web.Request, response: web.Response) -> web.Response:
    """Return the answer compressed, if the asker takes that and it pays: its digest is of that."""
    takes = "gzip" in request.headers.get("Accept-Encoding", "").lower()
    body = response.body
    if takes and isinstance(body, bytes) and len(body) >= GZIP_FROM_BYTES:
        response.body = await asyncio.to_thread(gzip.compress, body, GZIP_LEVEL, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    return response


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
