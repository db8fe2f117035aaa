"""Hand out: the coupons that a sale earns its customer for the next visit."""

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.printing.sale import CouponGiven
from agent.store.coupons import campaigns, handouts
from agent.store.line import sync_state
from agent.store.sqlite import Connection

MAX_GIVEN = 2
"""Coupons given with one sale; each is a QR code on the receipt."""


class GivenAway(Struct, frozen=True, kw_only=True):
    """A coupon for the customer's next visit, to be printed on the receipt."""

    coupon_id: str
    campaign: int
    campaign_name: str
    token: str
    expires: Millis


def hand_out(
    db: Connection, sale_id: str, *, payable_fen: int, now: Millis
) -> tuple[GivenAway, ...]:
    """Give the sale what it earned, within its own transaction; nothing before HQ has told which
    coupons another PC of this store, or this one before its disk was set back, has given away."""
    if not sync_state.is_told_all(db):
        return ()
    taken = handouts.take(db, sale_id, payable_fen=payable_fen, now=now, limit=MAX_GIVEN)
    return tuple(_given(db, one) for one in taken)


def coupon_given(one: GivenAway) -> CouponGiven:
    """Return what the receipt says of a coupon given with its sale."""
    return CouponGiven(campaign=one.campaign_name, token=one.token)


def _given(db: Connection, one: handouts.Handout) -> GivenAway:
    campaign = campaigns.campaign(db, one.campaign)
    return GivenAway(
        coupon_id=one.coupon_id,
        campaign=one.campaign,
        campaign_name=campaign.name if campaign else "",
        token=one.token,
        expires=one.expires,
    )
