"""Closings: the Z reports of the stores' tills, as they signed them."""

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
