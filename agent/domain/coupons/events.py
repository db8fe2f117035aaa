"""Bodies of journal events: coupons used, taken back and given."""

from msgspec import Struct

from agent.domain.bounds import Whole, Word


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
