"""What promotions led to: how often they were used, what they gave, and in what baskets."""

import msgspec
from asyncpg import Connection

_BASKETS = """
SELECT count(*) AS baskets, coalesce(sum(payable_fen), 0)::bigint AS fen FROM sale
WHERE business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR store = $1)
"""

# A promotion may stand on a sale with several coupons: its basket counts once.
_USES = """
SELECT promotion, sum(times)::bigint AS used, sum(given)::bigint AS given_fen,
    count(*) AS baskets, sum(payable_fen)::bigint AS basket_fen
FROM (
    SELECT p.promotion, sum(p.times) AS times, sum(p.fen) AS given, s.payable_fen
    FROM sale_promotion p JOIN sale s USING (store, epoch, seq)
    WHERE s.business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR s.store = $1)
    GROUP BY p.promotion, s.store, s.epoch, s.seq) AS basket
GROUP BY promotion
"""

_COUPONS = """
SELECT coalesce(c.body::json -> 'rule' ->> 'promotion', 'campaign-' || c.campaign) AS promotion,
    count(*) AS coupons, count(u.coupon_id) AS redeemed
FROM campaign c JOIN coupon USING (campaign)
LEFT JOIN coupon_use u ON u.coupon_id = coupon.coupon_id AND u.holder
GROUP BY 1
"""

_NAMES = """
SELECT promotion, body::json ->> 'name' AS name
FROM promotion JOIN promotion_version USING (promotion, version)
UNION ALL
SELECT 'campaign-' || campaign, body::json ->> 'name' FROM campaign
WHERE body::json -> 'rule' ->> 'promotion' IS NULL
"""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one promotion led to. What was given back later is not taken off."""

    promotion: str
    """Its id; `campaign-7` of a campaign with a rule of its own, `by_hand`, `rounding`."""
    name: str
    used: int
    """Applications: sets, groups of pieces, coupons."""
    given_fen: int
    baskets: int
    """Sales with it."""
    with_fen: int | None
    """What such a sale paid on average, in fen, rounded half up; None: there is none."""
    without_fen: int | None
    """The same of the other sales of these stores and days."""
    coupons: int
    """Issued of it, at any time."""
    redeemed: int
    """Of them those in use."""
    redeemed_bp: int | None
    """Their share in 1/10,000; None: it has no coupons."""


async def results(
    connection: Connection, *, since: str, until: str, store: str | None = None
) -> list[Result]:
    """Return what each promotion led to in the business dates from `since` to `until`, by id: those
    of the book and of campaigns, and whatever else took something off."""
    span = store, since, until
    whole = await connection.fetchrow(_BASKETS, *span)
    uses = {row["promotion"]: row for row in await connection.fetch(_USES, *span)}
    coupons = {row["promotion"]: row for row in await connection.fetch(_COUPONS)}
    names = {row["promotion"]: row["name"] for row in await connection.fetch(_NAMES)}
    found = []
    for promotion in sorted(names.keys() | uses.keys() | coupons.keys()):
        used = uses.get(promotion, _UNUSED)
        issued = coupons.get(promotion, _NO_COUPONS)
        baskets, fen = used["baskets"], used["basket_fen"]
        found.append(
            Result(
                promotion=promotion,
                name=names.get(promotion, ""),
                used=used["used"],
                given_fen=used["given_fen"],
                baskets=baskets,
                with_fen=_average(fen, baskets),
                without_fen=_average(whole["fen"] - fen, whole["baskets"] - baskets),
                coupons=issued["coupons"],
                redeemed=issued["redeemed"],
                redeemed_bp=_average(issued["redeemed"] * 10_000, issued["coupons"]),
            )
        )
    return found


_UNUSED = {"used": 0, "given_fen": 0, "baskets": 0, "basket_fen": 0}
_NO_COUPONS = {"coupons": 0, "redeemed": 0}


def _average(total: int, count: int) -> int | None:
    return (2 * total + count) // (2 * count) if count else None
