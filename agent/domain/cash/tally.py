"""Tally: what a shift's events come to, counted from the journal alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec import UNSET, Struct

from agent.base.clock import Millis
from agent.domain.cash.events import CashMoved, DrawerOpened
from agent.domain.cash.shift import CashierTotal, ShiftReport, TenderTotal
from agent.domain.coupons.events import CouponRedeemed, Redemption, RedemptionReversed
from agent.domain.promotions.events import AppliedPromotion
from agent.domain.promotions.priced import BY_HAND, ROUNDING
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded, TenderKind


class Happened(Struct, frozen=True, kw_only=True):
    """One event at the till, in a shift."""

    cashier: str
    body: Struct


class ShiftFacts(Struct, frozen=True, kw_only=True):
    """What a report says of the shift itself."""

    store: str
    till: str
    shift_id: str
    z_no: int
    opened_at: Millis
    opened_by: str
    from_seq: int
    float_fen: int


class Count(Struct, frozen=True, kw_only=True):
    """The end of a shift: who counted what."""

    closed_at: Millis
    closed_by: str
    counted_fen: int


@dataclass(slots=True)
class Figures:
    """Sums of the events that were added so far."""

    sales_count: int = 0
    sales_fen: int = 0
    discount_fen: int = 0
    refunds_count: int = 0
    refunds_fen: int = 0
    by_hand_count: int = 0
    by_hand_fen: int = 0
    rounding_fen: int = 0
    points: int = 0
    drawer_openings: int = 0
    cash_in_fen: int = 0
    cash_out_fen: int = 0
    first_receipt_no: int | None = None
    last_receipt_no: int | None = None
    tenders_in: Counter[TenderKind] = field(default_factory=Counter)
    tenders_out: Counter[TenderKind] = field(default_factory=Counter)
    by_cashier: dict[str, "OfCashier"] = field(default_factory=dict)
    uses: dict[str, "Use"] = field(default_factory=dict)
    """Coupons used in the shift and not taken back in it, by redemption."""

    def add(self, happened: Happened) -> None:
        """Count one more event; kinds that move nothing at the till are passed over."""
        body, cashier = happened.body, happened.cashier
        match body:
            case SaleRecorded():
                self._sale(body, cashier)
            case SaleRefunded():
                self._refund(body, cashier)
            case CouponRedeemed():
                self._use(body.redemption, cashier)
            case RedemptionReversed():
                self.uses.pop(body.redemption_id, None)
            case CashMoved():
                self.cash_in_fen += max(body.amount_fen, 0)
                self.cash_out_fen += max(-body.amount_fen, 0)
            case DrawerOpened():
                self.drawer_openings += 1

    def _sale(self, sale: SaleRecorded, cashier: str) -> None:
        self.sales_count += 1
        self.sales_fen += sale.payable_fen
        self.discount_fen += sale.discount_fen
        for one in sale.promotions or ():
            self._promotion(one)
        self.points += sale.points_earned
        self._receipt(sale.receipt_no)
        for tender in sale.tenders:
            self.tenders_in[tender.kind] += tender.amount_fen
        for use in sale.redemptions:
            self._use(use, cashier)
        own = self._of(cashier)
        own.sales_count += 1
        own.sales_fen += sale.payable_fen

    def _promotion(self, one: AppliedPromotion) -> None:
        if one.promotion == BY_HAND:
            self.by_hand_count += 1
            self.by_hand_fen += one.fen
        elif one.promotion == ROUNDING:
            self.rounding_fen += one.fen

    def _refund(self, refund: SaleRefunded, cashier: str) -> None:
        self.refunds_count += 1
        self.refunds_fen += refund.refunded_fen
        self.points -= refund.points_back
        self._receipt(refund.receipt_no)
        for tender in refund.tenders:
            self.tenders_out[tender.kind] += tender.amount_fen
        for coupon in refund.uses_back:
            self.uses.pop(coupon.redemption_id, None)
        self._of(cashier).refunds_fen += refund.refunded_fen

    def _use(self, use: Redemption, cashier: str) -> None:
        self._of(cashier)
        self.uses[use.redemption_id] = Use(cashier=cashier, at_risk=use.at_risk)

    def _receipt(self, number: int) -> None:
        if self.first_receipt_no is None:
            self.first_receipt_no = number
        self.last_receipt_no = number

    def _of(self, cashier: str) -> "OfCashier":
        return self.by_cashier.setdefault(cashier, OfCashier())

    def expected_cash_fen(self, float_fen: int) -> int:
        """Return what must lie in the drawer that held `float_fen` at first."""
        taken = self.tenders_in[TenderKind.CASH] - self.tenders_out[TenderKind.CASH]
        return float_fen + taken + self.cash_in_fen - self.cash_out_fen


@dataclass(slots=True)
class OfCashier:
    """What one cashier did."""

    sales_count: int = 0
    sales_fen: int = 0
    refunds_fen: int = 0


class Use(Struct, frozen=True, kw_only=True):
    """A coupon that was used in the shift."""

    cashier: str
    at_risk: bool


def tally(events: Iterable[Happened]) -> Figures:
    """Return what `events` come to, in the order of the journal."""
    figures = Figures()
    for happened in events:
        figures.add(happened)
    return figures


def report_of(
    shift: ShiftFacts, figures: Figures, *, through_seq: int, count: Count | None = None
) -> ShiftReport:
    """Return the X report, or with a `count` the Z report."""
    expected_fen = figures.expected_cash_fen(shift.float_fen)
    return ShiftReport(
        store=shift.store,
        till=shift.till,
        shift_id=shift.shift_id,
        z_no=shift.z_no,
        opened_at=shift.opened_at,
        opened_by=shift.opened_by,
        closed_at=count.closed_at if count else None,
        closed_by=count.closed_by if count else None,
        from_seq=shift.from_seq,
        through_seq=through_seq,
        sales_count=figures.sales_count,
        sales_fen=figures.sales_fen,
        discount_fen=figures.discount_fen,
        refunds_count=figures.refunds_count,
        refunds_fen=figures.refunds_fen,
        coupons_count=len(figures.uses),
        at_risk_count=sum(use.at_risk for use in figures.uses.values()),
        points_earned=figures.points,
        first_receipt_no=figures.first_receipt_no,
        last_receipt_no=figures.last_receipt_no,
        drawer_openings=figures.drawer_openings,
        tenders=_tenders(figures),
        cashiers=_cashiers(figures),
        float_fen=shift.float_fen,
        cash_in_fen=figures.cash_in_fen,
        cash_out_fen=figures.cash_out_fen,
        expected_cash_fen=expected_fen,
        counted_fen=count.counted_fen if count else None,
        difference_fen=count.counted_fen - expected_fen if count else None,
        by_hand_count=figures.by_hand_count or UNSET,
        by_hand_fen=figures.by_hand_fen or UNSET,
        rounding_fen=figures.rounding_fen or UNSET,
    )


def _tenders(figures: Figures) -> tuple[TenderTotal, ...]:
    moved = figures.tenders_in.keys() | figures.tenders_out.keys()
    return tuple(
        TenderTotal(kind=kind, in_fen=figures.tenders_in[kind], out_fen=figures.tenders_out[kind])
        for kind in TenderKind
        if kind in moved
    )


def _cashiers(figures: Figures) -> tuple[CashierTotal, ...]:
    coupons = Counter(use.cashier for use in figures.uses.values())
    return tuple(
        CashierTotal(
            cashier=cashier,
            sales_count=own.sales_count,
            sales_fen=own.sales_fen,
            refunds_fen=own.refunds_fen,
            coupons_count=coupons[cashier],
        )
        for cashier, own in sorted(figures.by_cashier.items())
    )
