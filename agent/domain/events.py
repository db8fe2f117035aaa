"""Bodies of journal events: what happened in the store, in full, as HQ will read it."""

from enum import StrEnum

from msgspec import Struct

from agent.domain.basket import Line
from agent.domain.bounds import Whole, Word
from agent.domain.money import Amount


class EventKind(StrEnum):
    """Kinds of events; a new kind never changes the meaning of an old one."""

    SALE_RECORDED = "sale.recorded"
    COUPON_REDEEMED = "coupon.redeemed"
    REDEMPTION_REVERSED = "redemption.reversed"


class TenderKind(StrEnum):
    """Ways of paying; the money itself is moved elsewhere."""

    CASH = "cash"
    CARD = "card"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    OTHER = "other"


class Tender(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of paying, with its amount."""

    kind: TenderKind
    amount_fen: Amount


class Redemption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One coupon used."""

    redemption_id: Word
    coupon_id: Word
    campaign: Whole
    discount_fen: Whole
    at_risk: bool
    """True when another store may have taken the same coupon."""
    bound: bool
    """True when the coupon named this store."""
    policy_version: Whole
    """The policy that was decided by."""
    member_id: Word | None = None
    """The member named in the coupon."""
    approved_by: Word | None = None
    """The supervisor, where a soft limit was passed."""


class SaleRecorded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sale.recorded`: lines, coupons, tenders, points and stock movement of one sale."""

    sale_id: Word
    receipt_no: Whole
    """Gapless per till, from 1."""
    lines: tuple[Line, ...]
    redemptions: tuple[Redemption, ...]
    tenders: tuple[Tender, ...]
    total_fen: Whole
    """Before discounts."""
    discount_fen: Whole
    payable_fen: Whole
    """total − discount; equals the sum of the tenders."""
    points_earned: Whole
    member_id: Word | None = None


class CouponRedeemed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`coupon.redeemed`: a coupon used on an order that the POS keeps itself."""

    redemption: Redemption
    order_fen: Whole
    """The order's sum before the discount."""
    order_ref: Word | None = None
    """The POS's own number of the order."""


class RedemptionReversed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`redemption.reversed`: a redemption taken back; its coupon is free again."""

    redemption_id: Word
    coupon_id: Word
    why: str


EventBody = SaleRecorded | CouponRedeemed | RedemptionReversed

BODY_TYPES: dict[EventKind, type[EventBody]] = {
    EventKind.SALE_RECORDED: SaleRecorded,
    EventKind.COUPON_REDEEMED: CouponRedeemed,
    EventKind.REDEMPTION_REVERSED: RedemptionReversed,
}
