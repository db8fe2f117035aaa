"""What is asked of head office, as it travels."""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from agent.base.clock import MINUTE_MS
from sync.protocol.identity import NOBODY, Identity
from sync.transport.reply import GZIP_WINDOW, JSON

GZIP_FROM_BYTES = 1_024
"""Shorter bodies travel as they are. Level 1: a quarter of the bytes for 7 ms of CPU per MB."""
GZIP_ASIDE_FROM_BYTES = 32_768
"""Longer bodies are compressed beside the event loop, on which cashiers wait."""
RETURN_MS = MINUTE_MS
"""So long a way that failed has to answer before it is used again, unless set otherwise."""


class Payload(NamedTuple):
    """A request's body as it travels."""

    data: bytes
    encoding: str = ""
    """Content-Encoding; empty: as it is."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long a call may take."""

    connect_ms: int
    """Until a way that gives no connection is given up for the next."""
    total_ms: int
    """For one try, to the last byte of its answer."""
    return_ms: int = RETURN_MS
    """So long a way that failed has to answer before it is used again."""


class Request(NamedTuple):
    """What is asked of head office."""

    method: str
    path: str
    body: Payload = Payload(b"")
    content_type: str = JSON
    query: Mapping[str, str] | None = None
    identity: Identity = NOBODY
    answers: str = JSON
    """Content type of the answer."""

    def headers(self) -> dict[str, str]:
        """Of the request, without its proof."""
        identity = self.identity.headers()
        if not self.body.data:
            return identity
        encoding = {"Content-Encoding": self.body.encoding} if self.body.encoding else {}
        return {"Content-Type": self.content_type, **encoding, **identity}


async def payload(body: bytes) -> Payload:
    """Return `body` as it is to travel, compressed where that pays."""
    if len(body) < GZIP_FROM_BYTES:
        return Payload(body)
    if len(body) < GZIP_ASIDE_FROM_BYTES:
        return Payload(_gzip(body), "gzip")
    return Payload(await asyncio.to_thread(_gzip, body), "gzip")


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, level=1, wbits=GZIP_WINDOW)
