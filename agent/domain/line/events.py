"""Kinds of journal events, and the body of each: what happened, in full, as HQ will read it."""

from enum import StrEnum

from agent.domain.cash.events import CashMoved, DrawerOpened, ShiftClosed, ShiftOpened
from agent.domain.coupons.events import CouponRedeemed, RedemptionReversed
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded


class EventKind(StrEnum):
    """Kinds of events; a new kind never changes the meaning of an old one."""

    SALE_RECORDED = "sale.recorded"
    COUPON_REDEEMED = "coupon.redeemed"
    REDEMPTION_REVERSED = "redemption.reversed"
    SALE_REFUNDED = "sale.refunded"
    SHIFT_OPENED = "shift.opened"
    CASH_MOVED = "cash.moved"
    DRAWER_OPENED = "drawer.opened"
    SHIFT_CLOSED = "shift.closed"


EventBody = (
    SaleRecorded
    | CouponRedeemed
    | RedemptionReversed
    | SaleRefunded
    | ShiftOpened
    | CashMoved
    | DrawerOpened
    | ShiftClosed
)

BODY_TYPES: dict[EventKind, type[EventBody]] = {
    EventKind.SALE_RECORDED: SaleRecorded,
    EventKind.COUPON_REDEEMED: CouponRedeemed,
    EventKind.REDEMPTION_REVERSED: RedemptionReversed,
    EventKind.SALE_REFUNDED: SaleRefunded,
    EventKind.SHIFT_OPENED: ShiftOpened,
    EventKind.CASH_MOVED: CashMoved,
    EventKind.DRAWER_OPENED: DrawerOpened,
    EventKind.SHIFT_CLOSED: ShiftClosed,
}
