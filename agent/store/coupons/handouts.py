"""Handouts: coupons that HQ signed in advance for this store to give away, each to one sale."""

from collections.abc import Generator
from contextlib import closing

from msgspec import Struct

from agent.base.clock import Millis
from agent.store.facts import recall
from agent.store.sqlite import Connection


class Handout(Struct, frozen=True, kw_only=True):
    """A coupon to be given away."""

    coupon_id: str
    campaign: int
    token: str
    from_fen: int
    """Given with a sale that pays at least this."""
    expires: Millis


def put(db: Connection, handout: Handout) -> None:
    """Keep a coupon to be given away; one that was given away stays so."""
    db.execute(
        "INSERT INTO handout (coupon_id, campaign, token, from_fen, expires) VALUES (?,?,?,?,?) "
        "ON CONFLICT (coupon_id) DO UPDATE SET campaign = excluded.campaign, "
        "token = excluded.token, from_fen = excluded.from_fen, expires = excluded.expires "
        "WHERE sale_id IS NULL",
        (handout.coupon_id, handout.campaign, handout.token, handout.from_fen, handout.expires),
    )


def is_any_left(db: Connection) -> bool:
    """Return whether any coupon lies ready to be given away, for whatever sale."""
    return recall(db, "handout", "any left", lambda: _is_any_left(db))


def earned(db: Connection, *, payable_fen: int, now: Millis, limit: int) -> Generator[Handout]:
    """Yield coupons that a sale of `payable_fen` earns, campaign by campaign, up to `limit` of
    each: neither given, expired nor revoked. Every sale asks, whatever lies ready."""
    rows = db.execute(_EARNED, {"payable": payable_fen, "now": now, "limit": limit})
    with closing(rows):
        for row in rows:
            yield Handout(**dict(zip(Handout.__struct_fields__, row, strict=True)))


def give(db: Connection, coupon_id: str, sale_id: str) -> None:
    """Give the coupon away with the sale; its code is kept no longer."""
    db.execute(
        "UPDATE handout SET sale_id = ?, token = '' WHERE coupon_id = ?", (sale_id, coupon_id)
    )


def mark_given(db: Connection, coupon_id: str, sale_id: str) -> None:
    """Record that the coupon went with `sale_id`, as HQ tells, unless it was given away here."""
    db.execute(
        "UPDATE handout SET sale_id = ?, token = '' WHERE coupon_id = ? AND sale_id IS NULL",
        (sale_id, coupon_id),
    )


def forget_expired(db: Connection, by: Millis, *, limit: int) -> int:
    """Delete coupons that nobody can use any more, given away or not, expired `by` then; return
    how many."""
    deleted = db.execute(
        "DELETE FROM handout WHERE coupon_id IN "
        "(SELECT coupon_id FROM handout WHERE expires <= ? LIMIT ?)",
        (by, limit),
    )
    return int(deleted.rowcount)


def _is_any_left(db: Connection) -> bool:
    row = db.execute("SELECT 1 FROM handout WHERE sale_id IS NULL LIMIT 1").fetchone()
    return row is not None


# From one campaign to the next by the index, which holds only what is left.
_EARNED = """
WITH RECURSIVE campaigns (campaign) AS (
    SELECT min(campaign) FROM handout WHERE sale_id IS NULL
    UNION ALL
    SELECT (SELECT min(campaign) FROM handout WHERE sale_id IS NULL AND campaign > c.campaign)
    FROM campaigns c WHERE c.campaign IS NOT NULL)
SELECT h.coupon_id, h.campaign, h.token, h.from_fen, h.expires
FROM campaigns CROSS JOIN handout h ON h.coupon_id IN (
    SELECT coupon_id FROM handout l
    WHERE l.sale_id IS NULL AND l.campaign = campaigns.campaign AND l.from_fen <= :payable
        AND l.expires > :now AND NOT EXISTS (
            SELECT 1 FROM coupon_state s WHERE s.coupon_id = l.coupon_id AND s.state = 'revoked')
    LIMIT :limit)
"""
