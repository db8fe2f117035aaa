"""Handouts: coupons that HQ signed in advance for this store to give away, each to one sale."""

from msgspec import Struct

from agent.base.clock import Millis
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
    """Keep a coupon to be given away; one that is known stays as it is."""
    db.execute(
        "INSERT INTO handout (coupon_id, campaign, token, from_fen, expires) VALUES (?,?,?,?,?) "
        "ON CONFLICT DO NOTHING",
        (handout.coupon_id, handout.campaign, handout.token, handout.from_fen, handout.expires),
    )


def next_campaign(db: Connection, after: int) -> int | None:
    """Return the next campaign above `after` with coupons left to give, by the index: every sale
    asks."""
    row = db.execute(
        "SELECT min(campaign) FROM handout WHERE sale_id IS NULL AND campaign > ?", (after,)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def earned(
    db: Connection, campaign: int, *, payable_fen: int, now: Millis, limit: int
) -> tuple[Handout, ...]:
    """Return coupons of the campaign that a sale of `payable_fen` earns, at most `limit`: neither
    given, expired nor revoked."""
    rows = db.execute(_EARNED, (campaign, payable_fen, now, limit))
    return tuple(Handout(**dict(zip(Handout.__struct_fields__, row, strict=True))) for row in rows)


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


_EARNED = """
SELECT coupon_id, campaign, token, from_fen, expires FROM handout h
WHERE sale_id IS NULL AND campaign = ? AND from_fen <= ? AND expires > ? AND NOT EXISTS (
    SELECT 1 FROM coupon_state c WHERE c.coupon_id = h.coupon_id AND c.state = 'revoked')
LIMIT ?
"""
