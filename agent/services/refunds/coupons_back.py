"""Coupons back: of a sale of which nothing is left, which of its coupons may be used again."""

from msgspec import UNSET, Struct, UnsetType

from agent.base.clock import Millis
from agent.domain.outcome import Reason, Sentence
from agent.domain.refunds.events import FreedCoupon
from agent.domain.selling.events import SaleRecorded
from agent.services.coupons.redemption import lapse_of
from agent.services.coupons.verdict import said
from agent.services.desk.store_desk import StoreDesk
from agent.store.coupons import redemptions
from agent.store.sqlite import Connection


class LapsedCoupon(Struct, frozen=True, kw_only=True):
    """A coupon whose use is taken back, but whose time is over."""

    redemption_id: str
    coupon_id: str
    reason: Reason
    """`expired`, `campaign_ended`, `revoked`, or `already_used`: elsewhere, as HQ told."""
    sentence: Sentence


class CouponsBack(Struct, frozen=True, kw_only=True):
    """The coupons of a sale whose use is taken back."""

    freed: tuple[FreedCoupon, ...] = ()
    lapsed: tuple[LapsedCoupon, ...] = ()

    def lapsed_ids(self) -> tuple[FreedCoupon, ...] | UnsetType:
        """Return what the event says of those that can't be used again."""
        ids = tuple(
            FreedCoupon(redemption_id=one.redemption_id, coupon_id=one.coupon_id)
            for one in self.lapsed
        )
        return ids or UNSET


def coupons_back(desk: StoreDesk, db: Connection, sale: SaleRecorded, now: Millis) -> CouponsBack:
    """Sort the coupons of a sale of which nothing is left by whether they may be used again."""
    freed: list[FreedCoupon] = []
    lapsed: list[LapsedCoupon] = []
    for use in sale.redemptions:
        kept = redemptions.get(db, use.redemption_id)
        lapse = lapse_of(desk, db, kept, now) if kept else None
        if lapse is None or lapse.reason is None:
            freed.append(FreedCoupon(redemption_id=use.redemption_id, coupon_id=use.coupon_id))
            continue
        lapsed.append(
            LapsedCoupon(
                redemption_id=use.redemption_id,
                coupon_id=use.coupon_id,
                reason=lapse.reason,
                sentence=said(desk, lapse),
            )
        )
    return CouponsBack(freed=tuple(freed), lapsed=tuple(lapsed))
