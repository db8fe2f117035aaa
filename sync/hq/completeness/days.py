"""What came of each store on each business date."""

import msgspec
from asyncpg import Connection

_DAYS = """
WITH days AS (
    SELECT s.store, day::date::text AS business_date FROM store s,
    generate_series($2::text::date, $3::text::date, interval '1 day') AS day
    WHERE $1::text IS NULL OR s.store = $1),
told AS (
    SELECT store, business_date, count(*) AS events FROM event
    WHERE business_date BETWEEN $2 AND $3 AND NOT duplicate
    AND ($1::text IS NULL OR store = $1) GROUP BY 1, 2),
sold AS (
    SELECT store, business_date, count(*) AS sales, sum(payable_fen) AS sales_fen FROM sale
    WHERE business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR store = $1) GROUP BY 1, 2),
back AS (
    SELECT store, business_date, count(*) AS refunds, sum(refunded_fen) AS refunds_fen FROM refund
    WHERE business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR store = $1) GROUP BY 1, 2),
closed AS (
    SELECT store, business_date, count(*) AS closings FROM closing
    WHERE business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR store = $1) GROUP BY 1, 2)
SELECT store, business_date, coalesce(events, 0) AS events, coalesce(sales, 0) AS sales,
    coalesce(sales_fen, 0)::bigint AS sales_fen, coalesce(refunds, 0) AS refunds,
    coalesce(refunds_fen, 0)::bigint AS refunds_fen, coalesce(closings, 0) AS closings
FROM days LEFT JOIN told USING (store, business_date) LEFT JOIN sold USING (store, business_date)
LEFT JOIN back USING (store, business_date) LEFT JOIN closed USING (store, business_date)
ORDER BY store, business_date
"""


class StoreDay(msgspec.Struct, frozen=True, kw_only=True):
    """One business date of a store, as HQ has it."""

    store: str
    business_date: str
    events: int
    sales: int
    sales_fen: int
    refunds: int
    refunds_fen: int
    closings: int
    """Z reports whose signature fits."""


async def store_days(
    connection: Connection, *, store: str | None, since: str, until: str
) -> list[StoreDay]:
    """Return every day of every store (or of `store`), also those of which nothing came."""
    rows = await connection.fetch(_DAYS, store, since, until)
    return [StoreDay(**row) for row in rows]
