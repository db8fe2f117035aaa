"""Hand out: the coupons that a sale earns its customer for the next visit."""

from itertools import groupby, islice

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.coupons.campaign import Campaign, minimum_fen
from agent.domain.coupons.decision import authenticate
from agent.domain.coupons.token import Claims
from agent.domain.printing.coupon import CouponGiven
from agent.services.desk.store_desk import StoreDesk
from agent.store.coupons import campaigns, handouts
from agent.store.line import sync_state
from agent.store.sqlite import Connection

MAX_GIVEN = 2
"""Coupons given with one sale; each is a QR code on the receipt."""
MAX_TRIED = 20
"""Coupons of one campaign that are looked at for one sale."""


class GivenAway(Struct, frozen=True, kw_only=True):
    """A coupon for the customer's next visit, to be printed on the receipt with its terms."""

    coupon_id: str
    campaign: int
    campaign_name: str
    token: str
    not_before: Millis
    """First instant at which it can be used: its own begin or its campaign's."""
    expires: Millis
    """First instant at which it can't be used any more: its own end or its campaign's."""
    min_fen: int
    """What the matching articles have to come to; 0: nothing."""
    some_articles: bool
    """It is not for every article."""
    store: str | None
    """The only store that takes it."""
    stackable: bool
    """Whether it may stand beside another coupon on one order."""


def hand_out(
    desk: StoreDesk,
    db: Connection,
    sale_id: str,
    *,
    payable_fen: int,
    member_id: str | None,
    now: Millis,
) -> tuple[GivenAway, ...]:
    """Give the sale one coupon of each campaign that it earned, within its own transaction.

    Only what this customer can use: the campaign goes on, HQ's signature counts, and a coupon of a
    member goes to that member. Nothing before HQ has told which coupons another PC of this store,
    or this one before its disk was set back, has given away.
    """
    if not (sync_state.is_told_all(db) and handouts.is_any_left(db)):
        return ()
    given: list[GivenAway] = []
    earned = handouts.earned(db, payable_fen=payable_fen, now=now, limit=MAX_TRIED)
    for number, coupons in groupby(earned, key=lambda one: one.campaign):
        campaign = campaigns.campaign(db, number)
        if campaign is not None and now < campaign.ends_at:
            usable = (_usable(desk, campaign, one, member_id, now) for one in coupons)
            given += islice((one for one in usable if one is not None), 1)
        if len(given) == MAX_GIVEN:
            break
    earned.close()
    for one in given:
        handouts.give(db, one.coupon_id, sale_id)
    return tuple(given)


def coupon_given(one: GivenAway) -> CouponGiven:
    """Return what the receipt says of a coupon given with its sale."""
    return CouponGiven(
        campaign=one.campaign_name,
        token=one.token,
        not_before=one.not_before,
        expires=one.expires,
        min_fen=one.min_fen,
        some_articles=one.some_articles,
        store=one.store,
        stackable=one.stackable,
    )


def _usable(
    desk: StoreDesk, campaign: Campaign, one: handouts.Handout, member_id: str | None, now: Millis
) -> GivenAway | None:
    claims = authenticate(one.token, keys=desk.trust.keys, now=now)
    if not isinstance(claims, Claims) or not _is_for(campaign, claims, member_id):
        return None
    begins = Millis(max(claims.not_before, campaign.starts_at))
    ends = Millis(min(claims.expires, campaign.ends_at))
    if max(begins, now) >= ends:
        return None
    return GivenAway(
        coupon_id=one.coupon_id,
        campaign=one.campaign,
        campaign_name=campaign.name,
        token=one.token,
        not_before=begins,
        expires=ends,
        min_fen=minimum_fen(campaign),
        some_articles=bool(campaign.skus),
        store=claims.store,
        stackable=campaign.stackable,
    )


def _is_for(campaign: Campaign, claims: Claims, member_id: str | None) -> bool:
    if claims.member is None:
        return not campaign.member_only
    return claims.member == member_id
