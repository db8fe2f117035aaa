"""Redemptions: which coupons were used here, and what is still at risk."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.coupons.events import Redemption
from agent.domain.coupons.facts import Exposure, PriorUse
from agent.store.sqlite import Connection


class Kept(Struct, frozen=True, kw_only=True):
    """A redemption as it stands."""

    redemption_id: str
    coupon_id: str
    sale_id: str | None
    reversed_seq: int | None
    member_id: str | None
    """Named in the coupon."""
    discount_fen: int
    campaign: int | None
    bound: bool
    """The coupon named this store."""
    channel: int | None
    expires: Millis | None
    """First instant at which the coupon counts no longer. This and campaign and channel are None
    where it was used before they were kept."""


_KEPT = (
    "SELECT redemption_id, coupon_id, sale_id, reversed_seq, member_id, discount_fen, campaign, "
    "coalesce(bound, 0), channel, expires FROM redemption"
)


class Moment(Struct, frozen=True, kw_only=True):
    """Where and when a redemption took place."""

    seq: int
    till: str
    receipt: str
    occurred_at: Millis
    sale_id: str | None = None
    channel: int | None = None
    expires: Millis | None = None
    """Of the coupon."""


def add(db: Connection, redemption: Redemption, moment: Moment) -> None:
    """Record a use; the database itself refuses a coupon that is in use."""
    db.execute(
        "INSERT INTO redemption (redemption_id, coupon_id, seq, member_id, at_risk, "
        "discount_fen, till, receipt, occurred_at, sale_id, reversed_seq, campaign, bound, "
        "channel, expires) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,NULL,?,?,?,?)",
        (
            redemption.redemption_id,
            redemption.coupon_id,
            moment.seq,
            redemption.member_id,
            int(redemption.at_risk),
            redemption.discount_fen,
            moment.till,
            moment.receipt,
            moment.occurred_at,
            moment.sale_id,
            redemption.campaign,
            int(redemption.bound),
            moment.channel,
            moment.expires,
        ),
    )


def get(db: Connection, redemption_id: str) -> Kept | None:
    """Return the redemption, None if it was not made here."""
    row = db.execute(f"{_KEPT} WHERE redemption_id = ?", (redemption_id,)).fetchone()
    return _kept(row) if row else None


def of_order(db: Connection, order_ref: str, business_date: str) -> tuple[Kept, ...]:
    """Return what was redeemed by itself on the POS's order of that day and not taken back."""
    rows = db.execute(
        f"{_KEPT} r WHERE receipt = ? AND receipt <> '' AND sale_id IS NULL "  # noqa: S608 - constants
        "AND reversed_seq IS NULL AND EXISTS "
        "(SELECT 1 FROM recorded_event j WHERE j.seq = r.seq AND j.business_date = ?) ORDER BY seq",
        (order_ref, business_date),
    )
    return tuple(_kept(row) for row in rows)


def reverse(db: Connection, redemption_id: str, seq: int) -> None:
    """Record that the event at `seq` took the redemption back; the first that did stands."""
    db.execute(
        "UPDATE redemption SET reversed_seq = ? WHERE redemption_id = ? AND reversed_seq IS NULL",
        (seq, redemption_id),
    )


class Standing(Struct, frozen=True):
    """How a coupon stands, as far as this store knows."""

    revoked: bool
    used: PriorUse | None


def standing(db: Connection, store: str, coupon_id: str, *, but: str = "") -> Standing:
    """Return how the coupon stands: used here, or used or revoked as HQ told.

    What HQ tells of a use that was taken back here counts no longer, whenever it comes; nor does
    the redemption `but`.
    """
    rows = db.execute(_STANDING, {"coupon": coupon_id, "but": but}).fetchall()
    revoked = any(state == "revoked" for state, *_ in rows)
    for state, *use in rows:  # the store's own use before what HQ tells
        if state == "own":
            return Standing(revoked, _use(store, *use[1:], known_by="store"))
        if state == "used":
            return Standing(revoked, _use(*use, known_by="hq"))
    return Standing(revoked, None)


# Of the store's own use one part for each of the two indexes: SQLite takes neither for both.
_STANDING = """
SELECT 'own', '', till, receipt, occurred_at FROM redemption
WHERE coupon_id = :coupon AND reversed_seq IS NULL AND seq > 0 AND redemption_id <> :but
UNION ALL SELECT * FROM (
    SELECT 'own', '', till, receipt, occurred_at FROM redemption
    WHERE coupon_id = :coupon AND reversed_seq IS NULL AND seq < 0 AND redemption_id <> :but
    ORDER BY seq DESC LIMIT 1)
UNION ALL SELECT state, store, till, receipt, occurred_at FROM coupon_state c
WHERE coupon_id = :coupon AND (redemption_id <> :but OR redemption_id = '')
    AND NOT EXISTS (SELECT 1 FROM redemption r
        WHERE r.redemption_id = c.redemption_id AND r.reversed_seq IS NOT NULL)
"""


def in_use(db: Connection, coupon_id: str) -> bool:
    """Return whether the coupon is in use by this PC's own doing."""
    row = db.execute(
        "SELECT 1 FROM redemption WHERE coupon_id = ? AND reversed_seq IS NULL AND seq > 0",
        (coupon_id,),
    ).fetchone()
    return row is not None


def exposure(db: Connection, *, member_id: str | None = None) -> Exposure:
    """Return what was taken at risk and is not acknowledged by HQ."""
    row = db.execute(
        """SELECT count(*), coalesce(sum(discount_fen), 0), coalesce(sum(member_id = ?), 0)
           FROM redemption
           WHERE at_risk = 1 AND reversed_seq IS NULL
             AND seq > (SELECT acked_seq FROM sync_state)""",
        (member_id,),
    ).fetchone()
    return Exposure(count=row[0], sum_fen=row[1], member_count=row[2])


def _use(store: str, till: str, receipt: str, occurred_at: int, *, known_by: str) -> PriorUse:
    return PriorUse(
        store=store,
        till=till,
        receipt=receipt,
        occurred_at=Millis(occurred_at),
        known_by=known_by,
    )


def _kept(row: Sequence[Any]) -> Kept:
    return msgspec.convert(dict(zip(Kept.__struct_fields__, row, strict=True)), Kept, strict=False)
