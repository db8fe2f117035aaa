"""Closings: the Z reports of the stores' tills, as they signed them."""

from enum import StrEnum

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis

MAX_ROWS = 10_000

_LIST = """
SELECT store, till, z_no, business_date, opened_at, closed_at, closed_by, sales_count, sales_fen,
    refunds_count, refunds_fen, expected_cash_fen, counted_fen, difference_fen, signer, shift_id,
    epoch, seq
FROM closing
WHERE ($1::text IS NULL OR store = $1) AND ($2::text IS NULL OR till = $2)
AND ($3::text IS NULL OR business_date >= $3) AND ($4::text IS NULL OR business_date <= $4)
ORDER BY store, till, epoch, seq LIMIT $5
"""


_HELD = """
SELECT e.epoch, encode(e.hash, 'hex') AS hash,
    e.seq > p.after_seq AND e.seq <= p.through_seq AS stands, c.till, c.z_no, c.business_date, (
        SELECT min(code) FROM parked k WHERE (k.store, k.epoch, k.seq) = (e.store, e.epoch, e.seq)
    ) AS parked
FROM event e JOIN journal_part p USING (store, epoch) LEFT JOIN closing c USING (store, epoch, seq)
WHERE e.store = $1 AND e.seq = $2 ORDER BY e.epoch DESC
"""

_RECEIVED = "SELECT accepted_seq FROM store_position WHERE store = $1"


class PaperVerdict(StrEnum):
    """What HQ holds of the place that a Z report bears."""

    HELD = "held"
    """The very event, and with it all before it."""
    LEFT_BEHIND = "left_behind"
    """That event, of a journal that the store no longer has: its disk was set back or replaced."""
    NOT_RECEIVED = "not_received"
    """HQ has not come so far: the store has yet to send it, or it was lost with its disk."""
    ANOTHER = "another"
    """HQ holds other events there: the journal was changed after the paper was printed."""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A place on paper, compared with what HQ holds."""

    verdict: PaperVerdict
    seq: int
    received: int
    """How far HQ has the store's journal."""
    till: str | None = None
    z_no: int | None = None
    business_date: str | None = None
    """Of the Z report that HQ holds there."""
    parked: str | None = None
    """Why HQ did not apply what it holds there."""


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """One Z report."""

    store: str
    till: str
    z_no: int
    business_date: str | None
    opened_at: Millis
    closed_at: Millis
    closed_by: str
    sales_count: int
    sales_fen: int
    refunds_count: int
    refunds_fen: int
    expected_cash_fen: int
    counted_fen: int
    difference_fen: int
    """counted − expected."""
    signer: str
    """Public key of the installation that signed it."""
    shift_id: str
    epoch: int
    seq: int


async def check_paper(connection: Connection, store: str, seq: int, digits: str) -> Paper:
    """Compare the place `seq` and the first hex `digits` of its hash with what HQ holds."""
    received = await connection.fetchval(_RECEIVED, store)
    rows = await connection.fetch(_HELD, store, seq)
    same = [row for row in rows if row["hash"].startswith(digits)]
    standing = next((row for row in same if row["stands"]), None)
    if not same:
        verdict = PaperVerdict.ANOTHER if rows else PaperVerdict.NOT_RECEIVED
        return Paper(verdict=verdict, seq=seq, received=received)
    found = standing or same[0]
    return Paper(
        verdict=PaperVerdict.HELD if standing else PaperVerdict.LEFT_BEHIND,
        seq=seq,
        received=received,
        till=found["till"],
        z_no=found["z_no"],
        business_date=found["business_date"],
        parked=found["parked"],
    )


async def list_closings(
    connection: Connection,
    *,
    store: str | None = None,
    till: str | None = None,
    since: str | None = None,
    until: str | None = None,
    limit: int = 100,
) -> list[Closing]:
    """Return Z reports by store and till, the oldest first; `since` and `until` are business
    dates."""
    rows = await connection.fetch(_LIST, store, till, since, until, min(limit, MAX_ROWS))
    return [Closing(**row) for row in rows]
