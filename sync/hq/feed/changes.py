"""The change feed, page by page: nothing that commits late is ever skipped.

A cursor names the last change that a store has: its place and id (schema/004_feed.sql says how
they order), and the incarnation that gave them. Changes are shown once every transaction up to
their place has ended.
"""

import re
from typing import NamedTuple

import msgspec
from asyncpg import Connection, Pool, Record

from agent.base.clock import Clock
from agent.base.problem import ProblemError
from sync.hq.contact import ContactBook
from sync.protocol.identity import NOBODY, Identity
from sync.protocol.limits import MAX_CURSOR_CHARS, MAX_PAGE_BYTES, MAX_PAGE_CHANGES
from sync.protocol.messages import Change, ChangesPage

_PAGE = """
WITH shown AS (
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS before
)
SELECT place, id, entity, key, body FROM (
    (SELECT place, id, entity, key, body FROM change
     WHERE store = $1 AND (place, id) > ($2, $3) AND place < (SELECT before FROM shown)
     ORDER BY place, id LIMIT $4)
    UNION ALL
    (SELECT place, id, entity, key, body FROM change
     WHERE store = '*' AND (place, id) > ($2, $3) AND place < (SELECT before FROM shown)
     ORDER BY place, id LIMIT $4)
) AS page
ORDER BY place, id LIMIT $4
"""

# Fenced is a machine that was the store's before, and a copy of its disk that was left behind: one
# in an epoch that the journal does not go through, or before one in which something has arrived.
# A new machine that waits to be let in is told prices and campaigns meanwhile: it has epoch 0.
_HEAD = """
SELECT hq_epoch::text AS hq_epoch,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next_transaction,
    coalesce((
        SELECT p.install_id <> $2 OR ($3 < p.epoch AND (
            now.base_seq < p.accepted_seq OR EXISTS (
                SELECT FROM store_epoch own
                WHERE (own.store, own.epoch) = (p.store, $3) AND own.base_seq > own.began_after)))
        FROM store_position p JOIN store_epoch now USING (store, epoch)
        WHERE p.store = $1 AND p.install_id IS NOT NULL AND $2 <> '' AND $3 > 0), false) AS fenced
FROM hq
"""

_CURSOR = re.compile(r"(\d{1,18})\.(\d{1,18})\.([0-9a-f]{8})", re.ASCII)
_OVERHEAD_BYTES = 200
"""Of a change in a page, beside its body, and of the page itself."""


class Cursor(NamedTuple):
    """A place in the feed of one incarnation; as text `place.id.incarnation`."""

    place: int
    id: int
    incarnation: str

    @classmethod
    def parse(cls, text: str, *, hq_epoch: str) -> "Cursor":
        """Return the cursor; empty text is the feed's start. Raise ProblemError 400 or 410."""
        incarnation = hq_epoch[:8]
        if not text:
            return cls(-1, 0, incarnation)
        match = _CURSOR.fullmatch(text) if len(text) <= MAX_CURSOR_CHARS else None
        if match is None:
            raise ProblemError(400, "cursor_malformed", "expected a cursor that HQ gave, or none")
        if match[3] != incarnation:
            raise _gone("the cursor is of another incarnation of HQ's database")
        return cls(int(match[1]), int(match[2]), incarnation)

    def __str__(self) -> str:
        return f"{self.place}.{self.id}.{self.incarnation}" if self.place >= 0 else ""


class Feed:
    """Reads the feed for the stores."""

    def __init__(self, *, pool: Pool, clock: Clock, contacts: ContactBook, page_rows: int) -> None:
        self._pool = pool
        self._clock = clock
        self._contacts = contacts
        self._page_rows = min(page_rows, MAX_PAGE_CHANGES)

    async def page(
        self, store: str, *, cursor: str, limit: str, identity: Identity = NOBODY
    ) -> ChangesPage:
        """Return the changes for `store` that follow `cursor`; ProblemError 400, 403 or 410."""
        wanted = self._wanted(limit)
        async with self._pool.acquire() as connection:
            head = await _head(connection, store, identity)
            after = Cursor.parse(cursor, hq_epoch=head["hq_epoch"])
            if after.place >= head["next_transaction"]:
                raise _gone("the cursor is ahead of the feed")
            rows = await connection.fetch(_PAGE, store, after.place, after.id, wanted + 1)
        fitting = _fitting(rows[:wanted])
        more = len(fitting) < len(rows)
        if fitting:
            after = after._replace(place=fitting[-1]["place"], id=fitting[-1]["id"])
        await self._contacts.polled(store, cursor=cursor, whole=not rows)
        return ChangesPage(
            cursor=str(after),
            more=more,
            hq_epoch=head["hq_epoch"],
            server_time=self._clock.wall(),
            changes=tuple(_change(row) for row in fitting),
        )

    async def admit(self, store: str, identity: Identity) -> None:
        """Raise ProblemError 403 if `identity` is not the machine that the feed is for."""
        async with self._pool.acquire() as connection:
            await _head(connection, store, identity)

    def _wanted(self, limit: str) -> int:
        if not limit:
            return self._page_rows
        if not limit.isascii() or not limit.isdigit() or not 0 < int(limit[:9]) < 10**8:
            raise ProblemError(400, "limit_malformed", "limit is a count of changes, 1 at least")
        return min(int(limit[:9]), self._page_rows)


async def _head(connection: Connection, store: str, identity: Identity) -> Record:
    head = await connection.fetchrow(_HEAD, store, *identity)
    if head["fenced"]:
        raise ProblemError(403, "fenced", "another machine has this store's identity")
    return head


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


def _gone(detail: str) -> ProblemError:
    return ProblemError(410, "cursor_gone", detail)
