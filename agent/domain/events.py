"""Bodies of journal events: what happened in the store, in full, as HQ will read it."""

from enum import StrEnum

from msgspec import Struct

from agent.domain.basket import Line
from agent.domain.bounds import Whole, Word
from agent.domain.money import Amount
from agent.domain.shift import ShiftReport


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
    given_fen: Amount | None = None
    """Cash handed over (实收); the change (找零) is given − amount."""


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


class GivenCoupon(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon given to the customer with a sale, printed on the receipt."""

    coupon_id: Word
    campaign: Whole


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
    given: tuple[GivenCoupon, ...] = ()


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


class RefundedLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pieces of one line of a sale that came back."""

    place: Whole
    """Of the line in the sale, from 0."""
    sku: Word
    quantity: Whole
    amount_fen: Whole
    """Given back for them: their price less their share of the sale's discount."""


class FreedCoupon(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon that may be used again, because its whole sale was given back."""

    redemption_id: Word
    coupon_id: Word


class SaleRefunded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sale.refunded`: articles and money of a sale given back, wholly or in part."""

    refund_id: Word
    sale_id: Word
    receipt_no: Whole
    """From the same gapless counter as the till's sales."""
    lines: tuple[RefundedLine, ...]
    tenders: tuple[Tender, ...]
    """The ways in which the money went back."""
    refunded_fen: Whole
    points_back: Whole
    """Taken from the member again."""
    freed: tuple[FreedCoupon, ...]
    """Empty unless nothing of the sale is left."""
    why: str
    member_id: Word | None = None
    approved_by: Word | None = None


class ShiftOpened(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`shift.opened`: a till begins a shift with `float_fen` of cash in its drawer."""

    shift_id: Word
    z_no: Whole
    float_fen: Whole


class CashMoved(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cash.moved`: cash put into the drawer (positive) or taken out of it (negative)."""

    shift_id: Word
    amount_fen: Whole
    why: str
    approved_by: Word | None = None


class DrawerOpened(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`drawer.opened`: the drawer was opened without a sale."""

    shift_id: Word
    why: str
    approved_by: Word | None = None


class ShiftClosed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`shift.closed`: the closing (the Z report), signed by the store's own key."""

    report: ShiftReport
    signer: Word
    """Ed25519 public key, hex."""
    signature: Word
    """Ed25519 over the tag `store-agent/closing/1`, a zero byte and the report's canonical JSON;
    128 hex digits."""


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
