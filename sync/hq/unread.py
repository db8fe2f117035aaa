"""What the stores could not read of the change feed: most likely, their agents are too old."""

from collections.abc import Iterator, Sequence

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from sync.protocol.limits import MAX_PARKED_CHARS
from sync.protocol.messages import Entity, Hello

_CLEARED = """
DELETE FROM parked_change p WHERE store = $1 AND NOT EXISTS (
    SELECT FROM unnest($2::text[], $3::text[]) AS told (entity, key)
    WHERE (told.entity, told.key) = (p.entity, p.key))
"""

_NOTED = """
INSERT INTO parked_change (store, entity, key, why, since)
SELECT $1, told.*, $5 FROM unnest($2::text[], $3::text[], $4::text[]) AS told
ON CONFLICT (store, entity, key) DO UPDATE SET why = excluded.why
"""


_UNREAD = """
SELECT p.store, p.entity, p.key, p.why, p.since AS since_at,
    coalesce(c.app_version, '') AS app_version
FROM parked_change p LEFT JOIN store_contact c USING (store)
WHERE ($1::text IS NULL OR p.store = $1) AND ($2::text IS NULL OR p.entity = $2)
ORDER BY p.entity, p.key, p.store LIMIT $3
"""

_TOO_OLD = """
SELECT entity, key, array_agg(store ORDER BY store) AS stores FROM parked_change
WHERE $1::text IS NULL OR entity = $1 GROUP BY entity, key ORDER BY entity, length(key), key
"""


class UnreadChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a store could not apply."""

    store: str
    entity: str
    key: str
    """The campaign's number, the article's sku …"""
    why: str
    since_at: Millis
    """HQ's clock when the store first told of it."""
    app_version: str
    """Of the store's agent."""


class TooOld(msgspec.Struct, frozen=True, kw_only=True):
    """A thing whose newest change some stores could not read."""

    entity: str
    key: str
    stores: Sequence[str]


async def list_unread(
    connection: Connection,
    *,
    store: str | None = None,
    entity: str | None = None,
    limit: int = 100,
) -> list[UnreadChange]:
    """Return what stores could not read, by thing and store."""
    rows = await connection.fetch(_UNREAD, store, entity, limit)
    return [UnreadChange(**row) for row in rows]


async def too_old_for(connection: Connection, entity: Entity | None) -> list[TooOld]:
    """Return what stores could not read, of `entity` or of any, and which stores."""
    rows = await connection.fetch(_TOO_OLD, entity.value if entity else None)
    return [TooOld(**row) for row in rows]


async def note_parked(connection: Connection, hello: Hello, *, now: int) -> None:
    """Replace what is known of a store by what its hello tells, within its transaction."""
    told = {(entity, key): why for entity, key, why in _told(hello)}
    entities, keys = [thing[0] for thing in told], [thing[1] for thing in told]
    await connection.execute(_CLEARED, hello.store, entities, keys)
    if told:
        await connection.execute(_NOTED, hello.store, entities, keys, list(told.values()), now)


def _told(hello: Hello) -> Iterator[tuple[str, str, str]]:
    """The texts as columns can hold them; what a store parked may be any text."""
    for change in hello.parked:
        yield _kept(change.entity), _kept(change.key), _kept(change.why)


def _kept(text: str) -> str:
    return text[:MAX_PARKED_CHARS].replace("\0", "\\0")
