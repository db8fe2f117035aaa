"""The change feed, page by page: nothing that commits late is ever skipped.

A cursor names the last changes that a store has: their places and ids (schema/004_feed.sql says how
they order), and the incarnation that gave them. Changes are shown once every transaction up to
their place has ended.
"""

from itertools import chain

import msgspec
from asyncpg import Pool, Record

from agent.base.clock import Clock
from agent.base.problem import ProblemError
from sync.hq.contact import ContactBook
from sync.hq.feed.cursor import STREAMS, Cursor, Position, gone
from sync.hq.feed.head import read_head
from sync.hq.feed.revocations import RevokedSets
from sync.protocol.identity import NOBODY, Identity
from sync.protocol.limits import MAX_PAGE_BYTES, MAX_PAGE_CHANGES
from sync.protocol.messages import Change, ChangesPage

# A stream's part of a page; $1 the store, $2 the most rows, $3 below which place.
_PART = """
(SELECT {stream} AS stream, place, id, entity, key, body FROM change
 WHERE store = {store} AND lane = {lane} AND (place, id) > (${place}, ${id})
 AND place < $3
 ORDER BY place, id LIMIT $2)
"""

_PAGE = """
SELECT * FROM ({parts}) AS page ORDER BY stream, place, id LIMIT $2
"""

_ALL_STREAMS = " UNION ALL ".join(
    _PART.format(
        stream=number,
        store="'*'" if stream.for_all else "$1",
        lane=stream.lane,
        place=4 + 2 * number,
        id=5 + 2 * number,
    )
    for number, stream in enumerate(STREAMS)
)

_QUERY = _PAGE.format(parts=_ALL_STREAMS)

_OVERHEAD_BYTES = 200
"""Of a change in a page, beside its body, and of the page itself."""


class Feed:
    """Reads the feed for the stores."""

    def __init__(self, *, pool: Pool, clock: Clock, contacts: ContactBook, page_rows: int) -> None:
        self._pool = pool
        self._clock = clock
        self._contacts = contacts
        self._page_rows = min(page_rows, MAX_PAGE_CHANGES)
        self._revoked = RevokedSets()

    async def page(
        self, store: str, *, cursor: str, limit: str, identity: Identity = NOBODY
    ) -> ChangesPage:
        """Return the changes for `store` that follow `cursor`; ProblemError 400, 403 or 410."""
        wanted = self._wanted(limit)
        async with self._pool.acquire() as connection:
            head = await read_head(connection, store, identity)
            after = Cursor.parse(cursor, hq_epoch=head.hq_epoch)
            if max(after.positions).place >= head.next_place:
                raise gone("the cursor is ahead of the feed")
            places = chain.from_iterable(after.positions)
            rows = await connection.fetch(_QUERY, store, wanted + 1, head.shown_below, *places)
            fitting = _fitting(rows[:wanted])
            more = len(fitting) < len(rows)
            revocations = None if more else await self._revoked.state(connection, store, head)
        for row in fitting:
            after = after.at(row["stream"], Position(row["place"], row["id"]))
        await self._contacts.polled(store, cursor=cursor, whole=not rows)
        return ChangesPage(
            cursor=str(after),
            more=more,
            hq_epoch=head.hq_epoch,
            server_time=self._clock.wall(),
            changes=tuple(_change(row) for row in fitting),
            place=head.next_place,
            revocations=revocations,
        )

    async def admit(self, store: str, identity: Identity) -> None:
        """Raise ProblemError 403 if `identity` is not the machine that the feed is for."""
        async with self._pool.acquire() as connection:
            await read_head(connection, store, identity)

    def _wanted(self, limit: str) -> int:
        if not limit:
            return self._page_rows
        if not limit.isascii() or not limit.isdigit() or not 0 < int(limit[:9]) < 10**8:
            raise ProblemError(400, "limit_malformed", "limit is a count of changes, 1 at least")
        return min(int(limit[:9]), self._page_rows)


def _fitting(rows: list[Record]) -> list[Record]:
    """The rows that fit into a page, one at least if there is any."""
    size = _OVERHEAD_BYTES
    for count, row in enumerate(rows):
        size += len(row["body"].encode()) + len(row["key"].encode()) + _OVERHEAD_BYTES
        if count and size > MAX_PAGE_BYTES:
            return rows[:count]
    return rows


def _change(row: Record) -> Change:
    return Change(entity=row["entity"], key=row["key"], body=msgspec.Raw(row["body"].encode()))
