"""What the last comparison with each store found, and which are asked for."""

from collections.abc import Sequence

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from sync.protocol.compare import CompareOrder, HqRange
from sync.protocol.compare_tables import FeedOrder

_BEGIN = """
INSERT INTO store_compare (store, began_at) VALUES ($1, $2)
ON CONFLICT (store) DO UPDATE SET began_at = $2, first_seq = NULL, last_seq = NULL,
    differs_first = NULL, differs_last = NULL, why = ''
"""

_NOTE = """
INSERT INTO store_compare AS c (
    store, began_at, compared_at, first_seq, last_seq, differs_first, differs_last, why)
VALUES ($1, $2, $2, $3, $4, $5, $6, $7)
ON CONFLICT (store) DO UPDATE SET compared_at = excluded.compared_at,
    first_seq = least(c.first_seq, excluded.first_seq),
    last_seq = greatest(c.last_seq, excluded.last_seq),
    differs_first = coalesce(excluded.differs_first, c.differs_first),
    differs_last = coalesce(excluded.differs_last, c.differs_last),
    why = excluded.why
"""

_FEED = """
INSERT INTO store_compare AS c (store, feed_at, feed_differs) VALUES ($1, $2, $3)
ON CONFLICT (store) DO UPDATE SET feed_at = $2,
    feed_differs = concat_ws(', ', CASE WHEN $4 THEN NULL ELSE nullif(c.feed_differs, '') END,
        nullif($3, ''))
"""

_WANT = """
INSERT INTO store_compare (store, wanted_at) VALUES ($1, $2)
ON CONFLICT (store) DO UPDATE SET wanted_at = $2
"""

_WANTED = """
SELECT coalesce(wanted_at > coalesce(began_at, 0), false) FROM store_compare WHERE store = $1
"""

_LIST = """
SELECT s.store, c.wanted_at, c.began_at, c.compared_at, c.first_seq, c.last_seq,
    c.differs_first, c.differs_last, coalesce(c.why, '') AS why, c.feed_at,
    coalesce(c.feed_differs, '') AS feed_differs
FROM store s LEFT JOIN store_compare c USING (store)
WHERE $1::text IS NULL OR s.store = $1 ORDER BY s.store
"""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The last comparison of a store's journal with HQ's."""

    store: str
    wanted_at: Millis | None
    """When people last asked for one; the store begins it after its next hello."""
    began_at: Millis | None
    compared_at: Millis | None
    """When the store was last heard of it; None: never."""
    first_seq: int | None
    last_seq: int | None
    """What was compared."""
    differs_first: int | None
    differs_last: int | None
    """Where the first difference is; one place as soon as the store has narrowed it down."""
    why: str
    """What the store found there; empty: nothing, or not yet narrowed down."""
    feed_at: Millis | None
    """When the store last compared what the feed tells; None: never."""
    feed_differs: str
    """The first row that differed of each table, before it was told again; empty: none."""


async def note_compared(
    connection: Connection, store: str, order: CompareOrder, held: Sequence[HqRange], *, now: Millis
) -> None:
    """Note what came of one request of a comparison."""
    if order.begins:
        await connection.execute(_BEGIN, store, now)
    differing = next(
        (
            theirs
            for theirs, ours in zip(order.ranges, held, strict=True)
            if theirs.digest != ours.digest
        ),
        None,
    )
    place = (differing.first, differing.last) if differing else (None, None)
    whole = order.ranges[0].first, order.ranges[-1].last
    why = order.why.replace("\0", "") if differing else ""
    await connection.execute(_NOTE, store, now, *whole, *place, why)


async def note_feed(connection: Connection, store: str, order: FeedOrder, *, now: Millis) -> None:
    """Note what came of one request of a comparison of the feed's tables."""
    found = f"{order.table} {order.key} {order.why}" if order.why else ""
    await connection.execute(_FEED, store, now, found, order.begins)


async def want_compare(connection: Connection, store: str, *, now: Millis) -> None:
    """Let the store be asked for a comparison of all that it holds at its next hello."""
    await connection.execute(_WANT, store, now)


async def is_compare_wanted(connection: Connection, store: str) -> bool:
    """Whether people wait for a comparison that the store has not begun."""
    return bool(await connection.fetchval(_WANTED, store))


async def list_compared(connection: Connection, *, store: str | None = None) -> list[Compared]:
    """Return the last comparison of each store, by code."""
    return [Compared(**row) for row in await connection.fetch(_LIST, store)]
