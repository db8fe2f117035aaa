"""Looking at what stores sent: events, those that were parked, and lines that contradict."""

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.line.events import EventKind
from sync.hq.errors import AdminError

MAX_ROWS = 10_000

_EVENTS = """
SELECT store, epoch, seq, event_id::text, kind, business_date, occurred_at, received_at,
    duplicate, encode(hash, 'hex') AS hash, line
FROM event
WHERE ($1::text IS NULL OR store = $1)
AND ($2::text IS NULL OR $2 IN (kind, split_part(kind, '/', 1)))
AND ($3::bigint IS NULL OR seq > $3)
{of_kind}
ORDER BY store, epoch, seq LIMIT $4
"""

# Nearly all events are sales, which are found on the way; of the rest there is an index.
_OF_SELDOM_KIND = """
AND split_part(kind, '/', 1) <> 'sale.recorded'
AND split_part(kind, '/', 1) = split_part($2, '/', 1)
"""

_PARKED = """
SELECT p.store, p.epoch, p.seq, p.code, p.detail, p.parked_at, e.kind, e.event_id::text,
    p.settled_at, p.settled_why, e.line
FROM parked p JOIN event e USING (store, epoch, seq)
WHERE ($1::text IS NULL OR p.store = $1) AND ($2 OR p.settled_at IS NULL)
AND ($3::bigint IS NULL OR p.seq = $3) AND ($4::bigint IS NULL OR p.epoch = $4)
ORDER BY p.store, p.epoch, p.seq, p.code LIMIT $5
"""

_SETTLE = """
UPDATE parked SET settled_at = $4, settled_why = $5
WHERE store = $1 AND seq = $2 AND ($3::bigint IS NULL OR epoch = $3) AND settled_at IS NULL
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
    settled_at: Millis | None
    """When people were done with it; None: it is open."""
    settled_why: str | None
    line: str
    """The exact line; what is not UTF-8 in it is shown escaped."""


async def list_events(
    connection: Connection,
    *,
    store: str | None = None,
    kind: str | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[StoredEvent]:
    """Return events by store and place; `after` is a seq."""
    of_kind = _OF_SELDOM_KIND if kind and kind.split("/")[0] != EventKind.SALE_RECORDED else ""
    statement = _EVENTS.format(of_kind=of_kind)
    rows = await connection.fetch(statement, store, kind, after, min(limit, MAX_ROWS))
    return [
        StoredEvent(**{**row, "line": row["line"].decode(errors="backslashreplace")})
        for row in rows
    ]


async def list_parked(
    connection: Connection,
    *,
    store: str | None = None,
    seq: int | None = None,
    epoch: int | None = None,
    settled: bool = False,
    limit: int = 100,
) -> list[ParkedEvent]:
    """Return parked events by store and place; `settled`: also those that people are done with."""
    asked = store, settled, seq, epoch, min(limit, MAX_ROWS)
    rows = await connection.fetch(_PARKED, *asked)
    return [
        ParkedEvent(**{**row, "line": row["line"].decode(errors="backslashreplace")})
        for row in rows
    ]


async def settle_parked(
    connection: Connection, store: str, seq: int, *, epoch: int | None, why: str, now: Millis
) -> None:
    """Note that people are done with a parked event, and why; AdminError if none is open."""
    done = await connection.execute(_SETTLE, store, seq, epoch, now, why)
    if done == "UPDATE 0":
        raise AdminError(
            "no open parked event {store} {seq}; `store-hq parked list` shows them",
            store=store,
            seq=seq,
        )
