"""Bodies of journal events: what was sold, and how it was paid."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from agent.domain.basket import Line
from agent.domain.bounds import Whole, Word
from agent.domain.coupons.events import GivenCoupon, Redemption
from agent.domain.money import Amount
from agent.domain.promotions.events import AppliedPromotion, PricedBy, Share

PaymentReference = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}\Z",
        description="A payment's number elsewhere: letters, digits, blank and . _ / -.",
    ),
]


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
    reference: PaymentReference | UnsetType = UNSET
    """By which the payment is found at the terminal, the bank or the telephone's wallet. Left out:
    nobody told one."""


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
    promotions: tuple[AppliedPromotion, ...] | UnsetType = UNSET
    """What took off `discount_fen`, line by line. Left out: nothing did, or an agent from before
    promotions recorded the sale."""
    priced: PricedBy | UnsetType = UNSET
    """With `promotions` alone."""

    @property
    def shares(self) -> tuple[Share, ...]:
        """What each promotion took off each line; none of a sale that has no `promotions`."""
        return tuple(
            Share(place, fen, one.promotion, one.version, one.coupon_id)
            for one in self.promotions or ()
            for place, fen in one.shares
        )

    def net_fen(self) -> list[int]:
        """Return what was paid for each line by its `shares`, in fen."""
        net = [line.amount_fen for line in self.lines]
        for share in self.shares:
            net[share.place] -= share.fen
        return net
