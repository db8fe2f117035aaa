"""Compare: whether this PC holds what head office tells by its feed, and where it first differs.

A difference counts only if it is there again after the feed was read to its end: a change may have
been on its way.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from msgspec import Struct

from agent.services.line.compare import Read
from agent.store.line import parked, sync_state
from agent.store.line.told_rows import told_rows
from agent.store.sqlite import Connection
from sync.protocol.compare_tables import (
    FeedComparison,
    FeedOrder,
    FeedTable,
    HqRow,
    KeyRange,
    digest_of_rows,
    row_hash,
)
from sync.protocol.identity import Identity
from sync.protocol.limits import MAX_COMPARED_RANGES


class RowWhy(StrEnum):
    """How the first row that differs does."""

    MISSING_HERE = "missing_here"
    MISSING_AT_HQ = "missing_at_hq"
    OTHER = "other"
    """Both hold it, and not the same."""


class RowDifference(Struct, frozen=True, kw_only=True):
    """The first row of a table that is not the same on both sides."""

    table: FeedTable
    key: str
    why: RowWhy


class AsksOfFeed(Protocol):
    """Head office, to be asked."""

    async def compare_feed(self, order: FeedOrder, identity: Identity) -> FeedComparison:
        """Return what HQ holds; HqError."""


class Row(NamedTuple):
    """A row as it is held here."""

    key: str
    hash: bytes


class FeedQuestions:
    """What one comparison asks HQ. HqError, StoreError or DatabaseError."""

    def __init__(self, read: Read, hq: AsksOfFeed) -> None:
        self._read = read
        self._hq = hq
        self._begins = True

    async def ask(
        self,
        table: FeedTable,
        ranges: Sequence[KeyRange],
        *,
        listing: bool = False,
        key: str = "",
        why: str = "",
    ) -> FeedComparison:
        """Return HQ's digests of `ranges`, and the rows of the only one if `listing`."""
        state = await self._read(sync_state.get)
        order = FeedOrder(
            table=table,
            ranges=tuple(ranges),
            listing=listing,
            begins=self._begins,
            key=key,
            why=why,
        )
        self._begins = False
        return await self._hq.compare_feed(order, Identity(state.install_id, state.epoch))

    async def tell(self, found: RowDifference) -> None:
        """Let HQ know, for people to see."""
        nothing = KeyRange(found.key, found.key, digest_of_rows(()))
        await self.ask(found.table, [nothing], key=found.key, why=found.why)


class TableComparison:
    """Compares the feed's tables with HQ's, all but the revocations. HqError, StoreError or
    DatabaseError."""

    def __init__(
        self, read: Read, questions: FeedQuestions, *, catch_up: Callable[[], Awaitable[object]]
    ) -> None:
        """`catch_up` returns when the feed was read to its end."""
        self._read = read
        self._hq = questions
        self._catch_up = catch_up

    async def differences(self) -> list[RowDifference]:
        """Return the first difference of each table; of one with unreadable changes, none."""
        await self._catch_up()
        found = [table for table in _TOLD_AGAIN if await self._first(table) is not None]
        if not found:
            return []
        await self._catch_up()
        again = [await self._first(table) for table in found]
        standing = [one for one in again if one is not None]
        for one in standing:
            await self._hq.tell(one)
        return standing

    async def _first(self, table: FeedTable) -> RowDifference | None:
        rows = await self._read(lambda db: rows_of(db, table))
        if rows is None:
            return None
        after, until = "", ""
        while True:
            single = len(rows) <= MAX_COMPARED_RANGES
            ranges = split_rows(rows, after, until, parts=1 if single else MAX_COMPARED_RANGES)
            answer = await self._hq.ask(table, ranges, listing=single)
            pairs = zip(ranges, answer.digests, strict=True)
            differing = next((one for one, theirs in pairs if one.digest != theirs), None)
            if differing is None:
                return None
            if single:
                return _first_of(table, rows, answer.rows)
            after, until = differing.after, differing.until
            rows = [row for row in rows if is_within(row.key, after, until)]


def is_within(key: str, after: str, until: str) -> bool:
    """Tell whether after < key ≤ until: by bytes, as PostgreSQL (collation "C") and SQLite do."""
    return after.encode() < key.encode() and (not until or key.encode() <= until.encode())


def split_rows(rows: Sequence[Row], after: str, until: str, *, parts: int) -> list[KeyRange]:
    """Split the rows, all that are held of which after < key ≤ until."""
    size = max(1, -(-len(rows) // parts))
    pieces = [rows[start : start + size] for start in range(0, len(rows), size)] or [rows]
    ranges = []
    for place, piece in enumerate(pieces):
        end = until if place == len(pieces) - 1 else piece[-1].key
        ranges.append(KeyRange(after, end, digest_of_rows(row.hash for row in piece)))
        after = end
    return ranges


def _first_of(
    table: FeedTable, rows: Sequence[Row], at_hq: Sequence[HqRow]
) -> RowDifference | None:
    here, there = {row.key: row.hash.hex() for row in rows}, {row.key: row.hash for row in at_hq}
    for key in sorted(here.keys() | there.keys(), key=str.encode):
        if here.get(key) != there.get(key):
            why = RowWhy.OTHER
            if key not in here:
                why = RowWhy.MISSING_HERE
            elif key not in there:
                why = RowWhy.MISSING_AT_HQ
            return RowDifference(table=table, key=key, why=why)
    return None


_TOLD_AGAIN: Final = [table for table in FeedTable if table is not FeedTable.REVOCATION]
"""The feed mends them when it is read anew; revocations are mended singly."""
_PARKED_AS: Final = {FeedTable.DOCUMENT: ("key_set", "policy"), FeedTable.REVOCATION: ()}
"""Entities of the feed whose changes a table holds; elsewhere the one of its name. A revocation
that can't be read is one that is missing."""


def rows_of(db: Connection, table: FeedTable) -> list[Row] | None:
    """Return the rows by key; None where a change of them can't be read: that is known already."""
    entities = _PARKED_AS.get(table, (str(table),))
    if entities and parked.parked_after(db, 0, 1, entities=entities):
        return None
    rows = [Row(str(fields[0]), row_hash(*fields)) for fields in told_rows(db, table)]
    return sorted(rows, key=lambda row: row.key.encode())
