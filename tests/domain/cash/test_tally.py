"""A shift's figures: the sums of all Z reports are the sums of all sales, however they are cut."""

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.base.clock import Millis
from agent.domain.basket import Line
from agent.domain.cash.events import CashMoved, DrawerOpened
from agent.domain.cash.shift import CashierTotal, ShiftReport, TenderTotal
from agent.domain.cash.tally import Count, Happened, report_of, tally
from agent.domain.coupons.events import CouponRedeemed, Redemption, RedemptionReversed
from agent.domain.promotions.events import AppliedPromotion
from agent.domain.refunds.events import FreedCoupon, SaleRefunded
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from tests.domain.cash.shifts import SHIFT

amounts = st.integers(0, 1_000_000)


def use(redemption_id: str, *, at_risk: bool = False) -> Redemption:
    return Redemption(
        redemption_id=redemption_id,
        coupon_id=redemption_id,
        campaign=1,
        discount_fen=100,
        at_risk=at_risk,
        bound=not at_risk,
        policy_version=1,
    )


def sale(number: int, *tenders: Tender, uses: Sequence[Redemption] = ()) -> SaleRecorded:
    payable = sum(tender.amount_fen for tender in tenders)
    off = sum(one.discount_fen for one in uses)
    whole = payable + off
    line = Line(sku="a", name="a", quantity=1, unit_price_fen=whole, amount_fen=whole)
    return SaleRecorded(
        sale_id=f"sale-{number}",
        receipt_no=number,
        lines=(line,),
        redemptions=tuple(uses),
        tenders=tenders,
        total_fen=whole,
        discount_fen=off,
        payable_fen=payable,
        points_earned=payable // 100,
    )


def refund(number: int, *tenders: Tender, freed: Sequence[str] = ()) -> SaleRefunded:
    back = sum(tender.amount_fen for tender in tenders)
    return SaleRefunded(
        refund_id=f"refund-{number}",
        sale_id="sale-1",
        receipt_no=number,
        lines=(),
        tenders=tenders,
        refunded_fen=back,
        points_back=back // 100,
        freed=tuple(FreedCoupon(redemption_id=one, coupon_id=one) for one in freed),
        why="w",
    )


def paid(kind: TenderKind, amount_fen: int, given_fen: int | None = None) -> Tender:
    return Tender(kind=kind, amount_fen=amount_fen, given_fen=given_fen)


def by(cashier: str, *bodies: object) -> list[Happened]:
    return [Happened(cashier=cashier, body=body) for body in bodies]  # type: ignore[arg-type] # bodies


def closed(events: Sequence[Happened], *, counted_fen: int = 0) -> ShiftReport:
    count = Count(closed_at=Millis(9), closed_by="C1", counted_fen=counted_fen)
    return report_of(SHIFT, tally(events), through_seq=9, count=count)


tenders = st.lists(
    st.builds(paid, st.sampled_from(TenderKind), amounts), min_size=1, max_size=3
).map(tuple)
cashiers = st.sampled_from(("C1", "C2", "C3"))
happened = st.builds(
    Happened,
    cashier=cashiers,
    body=st.one_of(
        st.builds(lambda number, by: sale(number, *by), st.integers(1, 999), tenders),
        st.builds(lambda number, by: refund(number, *by), st.integers(1, 999), tenders),
        st.builds(
            lambda fen: CashMoved(shift_id="s", amount_fen=fen, why="w"),
            st.integers(-1_000_000, 1_000_000),
        ),
        st.just(DrawerOpened(shift_id="s", why="w")),
    ),
)


@given(st.lists(st.lists(happened, max_size=12), min_size=1, max_size=6))
def test_the_reports_of_all_shifts_come_to_all_that_happened(shifts: list[list[Happened]]) -> None:
    reports = [closed(events) for events in shifts]
    bodies = [one.body for events in shifts for one in events]
    sales = [body for body in bodies if isinstance(body, SaleRecorded)]
    refunds = [body for body in bodies if isinstance(body, SaleRefunded)]
    assert sum(one.sales_fen for one in reports) == sum(body.payable_fen for body in sales)
    assert sum(one.sales_count for one in reports) == len(sales)
    assert sum(one.refunds_fen for one in reports) == sum(body.refunded_fen for body in refunds)
    assert sum(one.points_earned for one in reports) == sum(
        body.points_earned for body in sales
    ) - sum(body.points_back for body in refunds)


@given(st.lists(happened, max_size=20), amounts)
def test_the_parts_of_a_report_come_to_its_whole(events: list[Happened], counted_fen: int) -> None:
    report = closed(events, counted_fen=counted_fen)
    assert sum(one.in_fen for one in report.tenders) == report.sales_fen
    assert sum(one.out_fen for one in report.tenders) == report.refunds_fen
    assert sum(one.sales_fen for one in report.cashiers) == report.sales_fen
    assert sum(one.refunds_fen for one in report.cashiers) == report.refunds_fen
    assert sum(one.sales_count for one in report.cashiers) == report.sales_count
    cash = sum(one.in_fen - one.out_fen for one in report.tenders if one.kind == "cash")
    moved = report.cash_in_fen - report.cash_out_fen
    assert report.expected_cash_fen == report.float_fen + cash + moved
    assert report.difference_fen == counted_fen - report.expected_cash_fen


def test_a_shift_in_full() -> None:
    events = [
        *by("C1", sale(7, paid(TenderKind.CASH, 1_000, 2_000), uses=[use("r1")])),
        *by("C2", sale(8, paid(TenderKind.WECHAT, 500), uses=[use("r2", at_risk=True)])),
        *by("C2", refund(9, paid(TenderKind.CASH, 300))),
        *by("C1", CashMoved(shift_id="s", amount_fen=-20_000, why="bank")),
        *by("C1", CashMoved(shift_id="s", amount_fen=5_000, why="coins")),
        *by("C1", DrawerOpened(shift_id="s", why="change")),
    ]
    report = closed(events, counted_fen=35_690)
    assert (report.sales_count, report.sales_fen, report.discount_fen) == (2, 1_500, 200)
    assert (report.refunds_count, report.refunds_fen) == (1, 300)
    assert (report.coupons_count, report.at_risk_count) == (2, 1)
    assert (report.first_receipt_no, report.last_receipt_no) == (7, 9)
    assert report.tenders == (
        TenderTotal(kind="cash", in_fen=1_000, out_fen=300),
        TenderTotal(kind="wechat", in_fen=500, out_fen=0),
    )
    assert report.cashiers == (
        CashierTotal(cashier="C1", sales_count=1, sales_fen=1_000, refunds_fen=0, coupons_count=1),
        CashierTotal(cashier="C2", sales_count=1, sales_fen=500, refunds_fen=300, coupons_count=1),
    )
    assert (report.cash_in_fen, report.cash_out_fen) == (5_000, 20_000)
    assert (report.expected_cash_fen, report.difference_fen) == (35_700, -10)
    assert report.drawer_openings == 1


def test_what_was_given_by_hand_and_rounded_is_counted_apart() -> None:
    off = [("by_hand", 100), ("by_hand", 50), ("rounding", 7), ("P1", 500)]
    sold = replace(
        sale(7, paid(TenderKind.CASH, 1_000)),
        discount_fen=657,
        promotions=tuple(AppliedPromotion(promotion=one, name="", fen=fen) for one, fen in off),
    )
    report = closed(by("C1", sold, sold))
    assert (report.by_hand_count, report.by_hand_fen, report.rounding_fen) == (4, 300, 14)
    assert report.discount_fen == 1_314


def test_a_report_without_discounts_by_hand_is_what_it_always_was() -> None:
    told = msgspec.json.encode(closed(by("C1", sale(7, paid(TenderKind.CASH, 1_000)))))
    assert b"by_hand" not in told
    assert b"rounding" not in told


def test_coupons_that_were_taken_back_in_the_shift_do_not_count() -> None:
    events = by(
        "C1",
        CouponRedeemed(redemption=use("r1"), order_fen=1),
        CouponRedeemed(redemption=use("r2"), order_fen=1),
        RedemptionReversed(redemption_id="r1", coupon_id="r1", why="w"),
        sale(1, paid(TenderKind.CASH, 100), uses=[use("r3", at_risk=True)]),
        refund(2, paid(TenderKind.CASH, 100), freed=["r3"]),
        RedemptionReversed(redemption_id="r0", coupon_id="of an earlier shift", why="w"),
    )
    report = closed(events)
    assert (report.coupons_count, report.at_risk_count) == (1, 0)


def test_an_x_report_has_no_count() -> None:
    report = report_of(SHIFT, tally([]), through_seq=5)
    assert (report.closed_at, report.counted_fen, report.difference_fen) == (None, None, None)
    assert (report.first_receipt_no, report.expected_cash_fen) == (None, 50_000)
