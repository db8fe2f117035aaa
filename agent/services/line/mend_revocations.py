"""Mends the set of revoked coupons: the ranges that differ from head office's are listed by it.

Each range is on disk when it is mended: one that breaks off goes on where it was. A revocation
that head office does not know of stands, and is told to people there: it was restored from a
backup, most likely.
"""

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct

from agent.services.desk.store_desk import StoreDesk
from agent.services.line.compare_tables import (
    FeedQuestions,
    Row,
    RowDifference,
    RowWhy,
    rows_of,
    split_rows,
)
from agent.store.coupons import revocations
from agent.store.sqlite import Connection
from sync.errors import ContradictionError
from sync.protocol.compare_tables import FeedTable, HqRow, row_hash
from sync.protocol.limits import MAX_COMPARED_RANGES, MAX_LISTED_ROWS

_TABLE = FeedTable.REVOCATION
_Bounds = tuple[str, str]
"""After which key, and until which; empty: from the first, to the last."""


class Mended(Struct, frozen=True, kw_only=True):
    """What was not as head office holds it."""

    missing: int
    """Coupons that were not revoked here."""
    unknown: int
    """Coupons that head office does not know to be revoked; they stay refused."""
    first: str
    """The first of them; empty: none."""


class RevocationMending:
    """Brings the revocations to what HQ holds. HqError, StoreError or DatabaseError."""

    def __init__(self, desk: StoreDesk, questions: FeedQuestions) -> None:
        self._desk = desk
        self._hq = questions
        self._rows: Sequence[Row] = ()
        self._keys: Sequence[bytes] = ()
        self._missing: list[str] = []
        self._unknown: list[str] = []

    async def mend(self) -> Mended:
        """Take over what HQ lists of each range that differs; tell it the first of each kind."""
        self._rows = await self._desk.database.read_aside(lambda db: rows_of(db, _TABLE) or [])
        self._keys = [row.key.encode() for row in self._rows]
        pending: list[_Bounds] = [("", "")]
        while pending:
            pending += await self._look(*pending.pop())
        for keys, why in (
            (self._missing, RowWhy.MISSING_HERE),
            (self._unknown, RowWhy.MISSING_AT_HQ),
        ):
            if keys:
                await self._hq.tell(RowDifference(table=_TABLE, key=min(keys), why=why))
        return Mended(
            missing=len(self._missing),
            unknown=len(self._unknown),
            first=min([*self._missing, *self._unknown], default=""),
        )

    async def _look(self, after: str, until: str) -> Sequence[_Bounds]:
        """Mend a range of few; return what is left to be looked at."""
        rows = self._held(after, until)
        single = len(rows) <= MAX_COMPARED_RANGES
        ranges = split_rows(rows, after, until, parts=1 if single else MAX_COMPARED_RANGES)
        answer = await self._hq.ask(_TABLE, ranges, listing=single)
        pairs = zip(ranges, answer.digests, strict=True)
        differing = [(one.after, one.until) for one, digest in pairs if one.digest != digest]
        if not single or not differing:
            return differing
        listed = answer.rows
        whole = len(listed) < MAX_LISTED_ROWS
        through = until if whole else listed[-1].key
        await self._take_over(self._held(after, through), listed)
        return [] if whole else [(through, until)]

    def _held(self, after: str, until: str) -> Sequence[Row]:
        end = bisect_right(self._keys, until.encode()) if until else len(self._keys)
        return self._rows[bisect_right(self._keys, after.encode()) : end]

    async def _take_over(self, held: Sequence[Row], listed: Sequence[HqRow]) -> None:
        """Keep what is listed as revoked, and that HQ does not know what else is `held`."""
        here = {row.key: row.hash.hex() for row in held}
        there = {row.key for row in listed}
        missing = {one.key: self._scope(one) for one in listed if here.get(one.key) != one.hash}
        unknown = [key for key in here if key not in there]

        def work(db: Connection) -> None:
            revocations.revoke(db, missing.items())
            revocations.no_longer_stated(db, unknown)

        await self._desk.database.write(work)
        self._missing += missing
        self._unknown += unknown

    def _scope(self, row: HqRow) -> str:
        """The only store that could take the coupon, or empty: its hash says which."""
        for store in ("", self._desk.store):
            if row_hash(row.key, store).hex() == row.hash:
                return store
        raise ContradictionError("revocation_of_another", f"coupon {row.key} is another store's")
