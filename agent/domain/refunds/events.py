"""Bodies of journal events: what was given back of a sale."""

from msgspec import UNSET, Struct, UnsetType

from agent.domain.bounds import Whole, Word
from agent.domain.selling.events import Tender


class RefundedLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pieces of one line of a sale that came back."""

    place: Whole
    """Of the line in the sale, from 0."""
    sku: Word
    quantity: Whole
    amount_fen: Whole
    """Their price less their share of the sale's discount: their own share of what was paid."""


class TakenBack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a refund takes off, because what is kept does not earn a promotion any more."""

    promotion: Word
    name: str
    fen: Whole
    """Below 0: given back again, because the rest came back, too."""


class FreedCoupon(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon whose use is taken back, because its whole sale was given back."""

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
    """Those that may be used again; empty unless nothing of the sale is left."""
    why: str
    member_id: Word | None = None
    approved_by: Word | None = None
    lapsed: tuple[FreedCoupon, ...] | UnsetType = UNSET
    """Those that can't be used again: expired, revoked, their campaign over. Left out: none."""

    taken: tuple[TakenBack, ...] | UnsetType = UNSET
    """Σ lines − Σ taken = refunded. Left out: nothing is."""
    claim_fen: Whole | UnsetType = UNSET
    """What could not be taken off this refund, and is off later ones. Left out: 0."""

    @property
    def uses_back(self) -> tuple[FreedCoupon, ...]:
        """The coupons whose use is taken back."""
        return self.freed + (self.lapsed or ())
