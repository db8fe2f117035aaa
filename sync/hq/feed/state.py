"""Makes a snapshot: of each thing that the feed told, its newest change."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec
from asyncpg import Connection, Record

from agent.base.clock import HOUR_MS
from sync.hq.feed.cursor import REST, URGENT, Position
from sync.protocol.limits import MAX_PAGE_BYTES, MAX_SNAPSHOT_CHANGES
from sync.protocol.messages import Change
from sync.protocol.snapshots import pack

KEPT_MS = 48 * HOUR_MS
"""A store whose line is down for longer amid its snapshot begins anew."""
READ_ROWS = 2_000

_SHOWN = """
SELECT h.hq_epoch::text AS hq_epoch, c.lane, c.place, c.id
FROM hq h LEFT JOIN LATERAL (
    SELECT lane, place, id FROM (
        (SELECT lane, place, id FROM change WHERE store = $1 AND lane = 1 AND place < $2
         ORDER BY place DESC, id DESC LIMIT 1)
        UNION ALL
        (SELECT lane, place, id FROM change WHERE store = $1 AND lane = 2 AND place < $2
         ORDER BY place DESC, id DESC LIMIT 1)) AS newest) AS c ON true
"""

_SHOWN_BELOW = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

# What is gone is left out; of a coupon that is free again a store may hold that it was used.
_DECLARE = """
DECLARE state NO SCROLL CURSOR FOR SELECT entity, key, body FROM (
    SELECT DISTINCT ON (entity, key) lane, place, id, entity, key, body FROM change
    WHERE store = %L AND place < %s ORDER BY entity, key, place DESC, id DESC) AS newest
WHERE body <> 'null' ORDER BY lane, place, id
"""

_FILL_IN = "SELECT format($1::text, $2::text, $3::text)"
_FETCH = f"FETCH {READ_ROWS} FROM state"

_MAKE = """
INSERT INTO snapshot (
    store, hq_epoch, made_at, urgent_place, urgent_id, rest_place, rest_id)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING snapshot
"""

_ADD_PAGE = """
INSERT INTO snapshot_page (store, snapshot, number, sha256, changes, data)
VALUES ($1, $2, $3, $4, $5, $6)
"""

_FORGET_OLD = """
WITH old AS (DELETE FROM snapshot WHERE made_at < $1 RETURNING store, snapshot)
DELETE FROM snapshot_page p USING old WHERE (p.store, p.snapshot) = (old.store, old.snapshot)
"""


class Standing(NamedTuple):
    """Up to where a snapshot goes, in either lane."""

    urgent: Position
    rest: Position


async def make_snapshot(connection: Connection, store: str, *, now: int) -> None:
    """Keep a snapshot of what is for `store` (or EVERY_STORE), and let old ones go."""
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'")
        below = await connection.fetchval(_SHOWN_BELOW)
        rows = await connection.fetch(_SHOWN, store, below)
        places = {row["lane"]: Position(row["place"], row["id"]) for row in rows if row["lane"]}
        urgent, rest = places.get(URGENT, (0, 0)), places.get(REST, (0, 0))
        made = rows[0]["hq_epoch"], now, *urgent, *rest
        snapshot = await connection.fetchval(_MAKE, store, *made)
        declare = await connection.fetchval(_FILL_IN, _DECLARE, store, str(below))
        await connection.execute(declare)
        number = 0
        async for changes in _pages(connection):
            data = await asyncio.to_thread(pack, changes)
            digest = hashlib.sha256(data).hexdigest()
            told = snapshot, number, digest, len(changes), data
            await connection.execute(_ADD_PAGE, store, *told)
            number += 1
        await connection.execute(_FORGET_OLD, now - KEPT_MS)


async def _pages(connection: Connection) -> AsyncIterator[list[Change]]:
    page: list[Change] = []
    size = 0
    while rows := await connection.fetch(_FETCH):
        for row in rows:
            length = len(row["body"].encode()) + len(row["key"].encode()) + 64
            if page and (len(page) == MAX_SNAPSHOT_CHANGES or size + length > MAX_PAGE_BYTES):
                yield page
                page, size = [], 0
            page.append(_change(row))
            size += length
    if page:
        yield page


def _change(row: Record) -> Change:
    return Change(entity=row["entity"], key=row["key"], body=msgspec.Raw(row["body"].encode()))
