"""A shift at a till, and what its report (X while it runs, Z when it is closed) says."""

from msgspec import UNSET, Struct, UnsetType

from agent.base.clock import Millis
from agent.domain.bounds import Whole, Word


class TenderTotal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came in and went out by one way of paying."""

    kind: Word
    in_fen: Whole
    """Sales, after change."""
    out_fen: Whole
    """Refunds."""


class CashierTotal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one cashier did in the shift."""

    cashier: Word
    sales_count: Whole
    sales_fen: Whole
    refunds_fen: Whole
    coupons_count: Whole


class ShiftReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The figures of a shift, from its opening up to `through_seq` of the journal."""

    store: Word
    till: Word
    shift_id: Word
    z_no: Whole
    """Gapless per till, from 1."""
    opened_at: Millis
    opened_by: Word
    closed_at: Millis | None
    """None in an X report."""
    closed_by: Word | None
    from_seq: Whole
    through_seq: Whole
    sales_count: Whole
    sales_fen: Whole
    """Paid, after discounts."""
    discount_fen: Whole
    refunds_count: Whole
    refunds_fen: Whole
    coupons_count: Whole
    """Used on sales or on orders of the POS, and not taken back."""
    at_risk_count: Whole
    """Of these, accepted at risk."""
    points_earned: Whole
    first_receipt_no: Whole | None
    last_receipt_no: Whole | None
    drawer_openings: Whole
    """Without a sale."""
    tenders: tuple[TenderTotal, ...]
    cashiers: tuple[CashierTotal, ...]
    float_fen: Whole
    cash_in_fen: Whole
    cash_out_fen: Whole
    expected_cash_fen: Whole
    """float + cash from sales − cash refunds + cash in − cash out."""
    counted_fen: Whole | None
    """Counted before the expected sum was shown; None in an X report."""
    difference_fen: Whole | None
    """counted − expected."""
    by_hand_count: Whole | UnsetType = UNSET
    """Prices changed and discounts given by hand. Left out: none."""
    by_hand_fen: Whole | UnsetType = UNSET
    """What they took off; part of `discount_fen`. Left out: nothing."""
    rounding_fen: Whole | UnsetType = UNSET
    """抹零: what rounding took off, below 0 what it added; part of `discount_fen`. Left out: 0."""
