"""The month's reconciliation: what came, beside what the stores' signed Z reports say, and what
either channel's coupons led to.

Each row is one figure of a store (or of the chain, `*`), so that a spreadsheet filters and sums.
"""

from calendar import monthrange
from collections.abc import Mapping
from typing import Final

import msgspec
from asyncpg import Connection

CHAIN = "*"
"""In place of a store: of the chain as a whole."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure; what it does not have is None."""

    store: str
    figure: str
    key: str = ""
    """Way of paying, campaign number or ground."""
    name: str = ""
    """Of the campaign."""
    channel: str = ""
    """In which the coupon was handed out: online, offline, both; unknown: not one of HQ's."""
    count: int
    """Of sales, uses, tenders, coupons; of points the points themselves."""
    fen: int | None = None
    z_count: int | None = None
    """The same by the Z reports of the month."""
    z_fen: int | None = None


_CHANNEL: Final = """CASE {channel} WHEN 1 THEN 'online' WHEN 2 THEN 'offline' ELSE 'unknown' END"""

# Sums of a store by date stand beside those of its Z reports, which bear the date of their making.
_TOTALS = """
WITH came AS (
    SELECT store, 'sales' AS figure, count(*) AS count, sum(payable_fen)::bigint AS fen FROM sale
    WHERE business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR store = $1) GROUP BY store
    UNION ALL
    SELECT store, 'refunds', count(*), sum(refunded_fen)::bigint FROM refund
    WHERE business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR store = $1) GROUP BY store),
z AS (
    SELECT store, 'sales' AS figure, sum(sales_count)::bigint AS z_count,
        sum(sales_fen)::bigint AS z_fen FROM closing
    WHERE business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR store = $1) GROUP BY store
    UNION ALL
    SELECT store, 'refunds', sum(refunds_count)::bigint, sum(refunds_fen)::bigint FROM closing
    WHERE business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR store = $1) GROUP BY store)
SELECT store, figure, coalesce(count, 0) AS count, coalesce(fen, 0) AS fen,
    coalesce(z_count, 0) AS z_count, coalesce(z_fen, 0) AS z_fen
FROM came FULL JOIN z USING (store, figure) ORDER BY store, figure DESC
"""

_TENDERS = """
WITH came AS (
    SELECT store, 'paid' AS figure, t ->> 'kind' AS key, count(*) AS count,
        sum((t ->> 'amount_fen')::bigint)::bigint AS fen
    FROM sale s JOIN event e USING (store, epoch, seq)
    CROSS JOIN LATERAL json_array_elements(
        line_json(e.line) -> 'body' -> 'tenders') AS t
    WHERE s.business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR s.store = $1) GROUP BY 1, 3
    UNION ALL
    SELECT store, 'given_back', t ->> 'kind', count(*),
        sum((t ->> 'amount_fen')::bigint)::bigint
    FROM refund s JOIN event e USING (store, epoch, seq)
    CROSS JOIN LATERAL json_array_elements(
        line_json(e.line) -> 'body' -> 'tenders') AS t
    WHERE s.business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR s.store = $1) GROUP BY 1, 3),
reported AS (
    SELECT store, t FROM closing c JOIN event e USING (store, epoch, seq)
    CROSS JOIN LATERAL json_array_elements(
        line_json(e.line) -> 'body' -> 'report' -> 'tenders') AS t
    WHERE c.business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR c.store = $1)),
z AS (
    SELECT store, 'paid' AS figure, t ->> 'kind' AS key,
        sum((t ->> 'in_fen')::bigint)::bigint AS z_fen FROM reported GROUP BY 1, 3
    UNION ALL
    SELECT store, 'given_back', t ->> 'kind', sum((t ->> 'out_fen')::bigint)::bigint
    FROM reported GROUP BY 1, 3)
SELECT store, figure, key, coalesce(count, 0) AS count, coalesce(fen, 0) AS fen,
    coalesce(z_fen, 0) AS z_fen
FROM came FULL JOIN z USING (store, figure, key)
WHERE coalesce(fen, 0) <> 0 OR coalesce(z_fen, 0) <> 0 ORDER BY store, figure DESC, key
"""

# What either channel's coupons led to in the stores: whole sales, and the discounts of each use.
_SALES_BY_CHANNEL = f"""
SELECT store, 'sales_with_coupon' AS figure, channel, count(*) AS count,
    sum(payable_fen)::bigint AS fen
FROM (
    SELECT s.store, s.payable_fen, string_agg(DISTINCT {_CHANNEL.format(channel="c.channel")}, '+')
        AS channel
    FROM sale s JOIN redemption r USING (store, epoch, seq) LEFT JOIN coupon c USING (coupon_id)
    WHERE s.business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR s.store = $1)
    GROUP BY s.store, s.epoch, s.seq, s.payable_fen) AS used
GROUP BY 1, 3 ORDER BY 1, 3
"""  # noqa: S608 - ours

_USES = f"""
SELECT u.store, CASE WHEN u.reversed_at IS NULL THEN 'coupons_used' ELSE 'coupons_taken_back' END
    AS figure, {_CHANNEL.format(channel="c.channel")} AS channel, r.campaign::text AS key,
    count(*) AS count, sum(u.discount_fen)::bigint AS fen
FROM coupon_use u JOIN event e USING (store, epoch, seq)
JOIN redemption r ON (r.store, r.epoch, r.seq, r.redemption_id, r.coupon_id)
    = (u.store, u.epoch, u.seq, u.redemption_id, u.coupon_id)
LEFT JOIN coupon c ON c.coupon_id = u.coupon_id
WHERE e.business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR u.store = $1)
GROUP BY 1, 2, 3, r.campaign ORDER BY 1, 2 DESC, 3, r.campaign
"""  # noqa: S608 - ours

_LOSSES = """
SELECT c.loser_store AS store, 'double_use_borne' AS figure, c.ground AS key, count(*) AS count,
    sum(u.discount_fen)::bigint AS fen
FROM coupon_case c JOIN coupon_use u ON u.coupon_id = c.coupon_id AND (
    (u.store, u.redemption_id) = (c.loser_store, c.loser_redemption_id)
    OR u.folded_into = c.case_id)
JOIN event e ON (e.store, e.epoch, e.seq) = (u.store, u.epoch, u.seq)
WHERE e.business_date BETWEEN $2 AND $3 AND u.reversed_at IS NULL
AND ($1::text IS NULL OR c.loser_store = $1) GROUP BY 1, 3 ORDER BY 1, 3
"""

_POINTS = """
SELECT store, figure, sum(points)::bigint AS count FROM (
    SELECT store, 'points_earned' AS figure, points_earned AS points FROM sale
    WHERE business_date BETWEEN $2 AND $3 AND points_earned <> 0
    UNION ALL
    SELECT store, 'points_taken_back', points_back FROM refund
    WHERE business_date BETWEEN $2 AND $3 AND points_back <> 0 AND NOT repeated) AS moved
WHERE $1::text IS NULL OR store = $1 GROUP BY 1, 2 ORDER BY 1, 2
"""

_OF_CHAIN = f"""
SELECT figure, {_CHANNEL.format(channel="channel")} AS channel, campaign::text AS key,
    count(*) AS count
FROM (
    SELECT 'coupons_issued' AS figure, channel, campaign FROM coupon
    WHERE issued_at >= $1 AND issued_at < $2
    UNION ALL
    SELECT 'coupons_revoked', channel, campaign FROM coupon
    WHERE revoked_at >= $1 AND revoked_at < $2
    UNION ALL
    SELECT 'coupons_expired', channel, campaign FROM coupon c
    WHERE expires >= $1 AND expires < $2 AND revoked_at IS NULL AND NOT EXISTS (
        SELECT FROM coupon_use u WHERE u.coupon_id = c.coupon_id AND u.holder)) AS told
GROUP BY 1, 2, told.campaign ORDER BY 1 DESC, 2, told.campaign
"""  # noqa: S608 - ours

_NAMES = "SELECT campaign::text AS campaign, body::json ->> 'name' AS name FROM campaign"


async def reconciliation(
    connection: Connection, *, store: str | None, month: str, begins_at: int, ends_at: int
) -> list[Row]:
    """Return the figures of `month` (YYYY-MM): of stores by business date, of the chain's coupons
    by the instants between which the month lies in its zone."""
    year, number = map(int, month.split("-"))
    days = f"{month}-01", f"{month}-{monthrange(year, number)[1]:02d}"
    found: list[Row] = []
    for query in (_TOTALS, _TENDERS, _SALES_BY_CHANNEL, _USES, _LOSSES, _POINTS):
        found += [Row(**row) for row in await connection.fetch(query, store, *days)]
    if store is None:
        chain = await connection.fetch(_OF_CHAIN, begins_at, ends_at)
        found += [Row(store=CHAIN, **row) for row in chain]
    names = {row["campaign"]: row["name"] for row in await connection.fetch(_NAMES)}
    return [_named(row, names) for row in found]


def _named(row: Row, names: Mapping[str, str]) -> Row:
    if not row.figure.startswith("coupons_"):
        return row
    return msgspec.structs.replace(row, name=names.get(row.key, ""))
