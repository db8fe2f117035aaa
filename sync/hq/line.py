"""Looking at what stores sent: events, those that were parked, and lines that contradict."""

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis

MAX_ROWS = 10_000

_EVENTS = """
SELECT store, epoch, seq, event_id::text, kind, business_date, occurred_at, received_at,
    duplicate, encode(hash, 'hex') AS hash, line
FROM event
WHERE ($1::text IS NULL OR store = $1)
AND ($2::text IS NULL OR $2 IN (kind, split_part(kind, '/', 1)))
AND ($3::bigint IS NULL OR seq > $3)
ORDER BY store, epoch, seq LIMIT $4
"""

_PARKED = """
SELECT p.store, p.epoch, p.seq, p.code, p.detail, p.parked_at, e.kind, e.event_id::text
FROM parked p JOIN event e USING (store, epoch, seq)
WHERE $1::text IS NULL OR p.store = $1
ORDER BY p.store, p.epoch, p.seq, p.code LIMIT $2
"""


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as HQ holds it."""

    store: str
    epoch: int
    seq: int
    event_id: str | None
    kind: str | None
    business_date: str | None
    occurred_at: Millis | None
    received_at: Millis
    duplicate: bool
    hash: str
    line: str
    """The exact line; what is not UTF-8 in it is shown escaped."""


class ParkedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that HQ could not apply, wholly or in part."""

    store: str
    epoch: int
    seq: int
    code: str
    detail: str
    parked_at: Millis
    kind: str | None
    event_id: str | None


async def list_events(
    connection: Connection,
    *,
    store: str | None = None,
    kind: str | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[StoredEvent]:
    """Return events by store and place; `after` is a seq."""
    rows = await connection.fetch(_EVENTS, store, kind, after, min(limit, MAX_ROWS))
    return [
        StoredEvent(**{**row, "line": row["line"].decode(errors="backslashreplace")})
        for row in rows
    ]


async def list_parked(
    connection: Connection, *, store: str | None = None, limit: int = 100
) -> list[ParkedEvent]:
    """Return parked events by store and place."""
    rows = await connection.fetch(_PARKED, store, min(limit, MAX_ROWS))
    return [ParkedEvent(**row) for row in rows]
