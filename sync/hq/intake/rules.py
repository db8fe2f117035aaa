"""What holds of every event that a store's agent makes: ranges, and sums of its own rows. Pure.

Prices and discounts are the store's to say. Sums that don't add up, pieces and money below nothing
or beyond what a till takes, points that no sum paid earns are not: such an event is parked.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from agent.domain.basket import Line, points_earned, total
from agent.domain.bounds import (
    MAX_COUPONS,
    MAX_LINES,
    MAX_PROMOTIONS,
    MAX_QUANTITY,
    MAX_TAX_BP,
    MAX_TENDERS,
    MAX_WEIGHT_G,
)
from agent.domain.cash.events import CashMoved, ShiftClosed, ShiftOpened
from agent.domain.cash.shift import ShiftReport
from agent.domain.coupons.events import CouponRedeemed, Redemption
from agent.domain.line.events import EventBody
from agent.domain.money import MAX_FEN
from agent.domain.promotions.book import MAX_ROUNDING_FEN
from agent.domain.promotions.events import AppliedPromotion
from agent.domain.promotions.priced import ROUNDING
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from agent.domain.selling.tenders import sum_of
from sync.hq.intake.parking import Parking

MAX_NUMBER = 2**31 - 1
"""Of receipts and of Z reports."""
MAX_SHIFT_FEN = 100_000 * MAX_FEN
"""No sum of a shift is larger: more sales than a till can make, each as large as one can be."""
MAX_SHIFT_COUNT = 10_000_000

_SKU = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,64}")


class Range(NamedTuple):
    """Values that are taken, both ends with them."""

    low: int
    high: int


_PIECES = Range(1, MAX_QUANTITY)
_GRAMS = Range(1, MAX_WEIGHT_G)
_MONEY = Range(0, MAX_FEN)
_ROUNDED = Range(1 - MAX_ROUNDING_FEN, MAX_ROUNDING_FEN - 1)
_MOVED = Range(-MAX_FEN, MAX_FEN)
_NUMBER = Range(1, MAX_NUMBER)
_POINTS = Range(0, points_earned(MAX_FEN))
_SHIFT_MONEY = Range(0, MAX_SHIFT_FEN)
_SHIFT_CASH = Range(-MAX_SHIFT_FEN, MAX_SHIFT_FEN)
_SHIFT_COUNT = Range(0, MAX_SHIFT_COUNT)

Findings = Iterator[Parking | None]
"""What is wrong, in the order in which it is looked at; None where nothing is."""


def broken_rule(body: EventBody) -> Parking | None:
    """Return the first rule that `body` breaks; None if there is none."""
    check = _CHECKS.get(type(body))
    return next(filter(None, check(body)), None) if check else None


def _sale(sale: SaleRecorded) -> Findings:
    yield _number("receipt_no", sale.receipt_no)
    yield _count("lines", len(sale.lines), MAX_LINES)
    yield _count("coupons", len(sale.redemptions), MAX_COUPONS)
    for line in sale.lines:
        if not _is_plain(line):
            yield from _line(line)
    yield _sum("total_fen", sale.total_fen, total(sale.lines))
    yield _within("total_fen", sale.total_fen, _MONEY)
    yield from _uses(sale.redemptions)
    yield from _taken_off(sale)
    yield _within("payable_fen", sale.payable_fen, _MONEY)
    yield _sum("payable_fen", sale.payable_fen, sale.total_fen - sale.discount_fen)
    yield from _tenders(sale.tenders, "payable_fen", sale.payable_fen)
    earned = points_earned(sale.payable_fen) if sale.member_id else 0
    yield _points("points_earned", sale.points_earned, Range(0, earned))


def _taken_off(sale: SaleRecorded) -> Findings:
    """Promotions say all that was taken off; of a sale from before them its coupons do."""
    if not sale.promotions:
        taken_off = sum(use.discount_fen for use in sale.redemptions)
        yield _sum("discount_fen", sale.discount_fen, taken_off)
        return
    yield _count("promotions", len(sale.promotions), MAX_PROMOTIONS)
    yield from _shares(sale, sale.promotions)
    by_coupon = {one.coupon_id: one.fen for one in sale.promotions if one.coupon_id is not None}
    for use in sale.redemptions:
        given = by_coupon.get(use.coupon_id, 0)
        yield _sum("discount_fen of a coupon", use.discount_fen, given)
    unused = by_coupon.keys() - {use.coupon_id for use in sale.redemptions}
    if unused:
        yield Parking("sum_mismatch", "a promotion names a coupon that was not used")


def _shares(sale: SaleRecorded, promotions: tuple[AppliedPromotion, ...]) -> Findings:
    left = [line.amount_fen for line in sale.lines]
    for one in promotions:
        allowed = _ROUNDED if one.promotion == ROUNDING else _MONEY
        yield _within("fen of a promotion", one.fen, allowed)
        yield _sum("fen of a promotion", one.fen, sum(fen for _, fen in one.shares))
        for place, fen in one.shares:
            if not 0 <= place < len(left):
                yield Parking("number_out_of_range", f"a share is of line {place}: there is none")
                return
            yield _within("share", fen, allowed)
            left[place] -= fen
    yield _within("what is left of a line", min(left, default=0), _MONEY)
    added = sum(rest > line.amount_fen for rest, line in zip(left, sale.lines, strict=True))
    yield _within("lines above their price", added, Range(0, 0))
    yield _sum("discount_fen", sale.discount_fen, sum(one.fen for one in promotions))


def _is_plain(line: Line) -> bool:
    """Whether nothing is wrong with a line that is not weighed: of nearly all, told at once."""
    return bool(
        0 < line.quantity <= MAX_QUANTITY
        and 0 <= line.amount_fen <= MAX_FEN
        and 0 <= line.unit_price_fen <= MAX_SHIFT_FEN
        and line.weight_g is None
        and line.tax_bp is None
        and _SKU.fullmatch(line.sku)
    )


def _line(line: Line) -> Findings:
    yield _sku(line.sku)
    yield _pieces(line.quantity)
    yield _within("unit_price_fen", line.unit_price_fen, Range(0, MAX_SHIFT_FEN))
    yield _within("amount_fen", line.amount_fen, _MONEY)
    if line.weight_g is not None:
        yield _within("weight_g", line.weight_g, _GRAMS, "quantity_out_of_range")
    if line.tax_bp is not None:
        yield _within("tax_bp", line.tax_bp, Range(0, MAX_TAX_BP), "number_out_of_range")


def _uses(uses: tuple[Redemption, ...]) -> Findings:
    for use in uses:
        yield _within("discount_fen", use.discount_fen, _MONEY)
    if len({use.redemption_id for use in uses}) < len(uses):
        yield Parking("redemption_repeated", "a redemption_id comes twice in one sale")


def _tenders(tenders: tuple[Tender, ...], name: str, due_fen: int) -> Findings:
    yield _count("tenders", len(tenders), MAX_TENDERS)
    yield _sum(f"{name}, by the tenders", due_fen, sum_of(tenders))
    for tender in tenders:
        if tender.given_fen is not None and tender.given_fen < tender.amount_fen:
            yield Parking("sum_mismatch", "given_fen is less than what it pays")


def _order(redeemed: CouponRedeemed) -> Findings:
    yield _within("order_fen", redeemed.order_fen, _MONEY)
    yield from _uses((redeemed.redemption,))


def _refund(refund: SaleRefunded) -> Findings:
    yield _number("receipt_no", refund.receipt_no)
    yield _count("lines", len(refund.lines), MAX_LINES)
    for line in refund.lines:
        yield _sku(line.sku)
        yield _within("place", line.place, Range(0, MAX_LINES - 1), "number_out_of_range")
        yield _pieces(line.quantity)
        yield _within("amount_fen", line.amount_fen, _MONEY)
    if len({line.place for line in refund.lines}) < len(refund.lines):
        yield Parking("sum_mismatch", "a line of the sale comes back twice in one refund")
    taken_fen = sum(one.fen for one in refund.taken or ())
    for one in refund.taken or ():
        yield _within("fen of what is taken back", one.fen, _MOVED)
    shares_fen = sum(line.amount_fen for line in refund.lines)
    yield _sum("refunded_fen", refund.refunded_fen, shares_fen - taken_fen)
    yield _within("claim_fen", refund.claim_fen or 0, _MONEY)
    yield _within("refunded_fen", refund.refunded_fen, _MONEY)
    yield from _tenders(refund.tenders, "refunded_fen", refund.refunded_fen)
    yield _points("points_back", refund.points_back, _POINTS if refund.member_id else Range(0, 0))


def _opened(shift: ShiftOpened) -> Findings:
    yield _number("z_no", shift.z_no)
    yield _within("float_fen", shift.float_fen, _MONEY)


def _moved(cash: CashMoved) -> Findings:
    yield _within("amount_fen", cash.amount_fen, _MOVED)


def _closed(closed: ShiftClosed) -> Findings:
    report = closed.report
    yield _number("z_no", report.z_no)
    yield from _shift_ranges(report)
    yield from _shift_sums(report)


def _shift_ranges(report: ShiftReport) -> Findings:
    for name in ("sales_count", "refunds_count", "coupons_count", "drawer_openings"):
        yield _within(name, getattr(report, name), _SHIFT_COUNT, "number_out_of_range")
    for name in ("sales_fen", "discount_fen", "refunds_fen", "float_fen"):
        yield _within(name, getattr(report, name), _SHIFT_MONEY)
    by_hand = report.by_hand_count or 0, report.by_hand_fen or 0
    yield _within("by_hand_count", by_hand[0], _SHIFT_COUNT, "number_out_of_range")
    yield _within("by_hand_fen", by_hand[1], _SHIFT_MONEY)
    yield _within("rounding_fen", report.rounding_fen or 0, _SHIFT_CASH)
    for name in ("cash_in_fen", "cash_out_fen", "counted_fen"):
        yield _within(name, getattr(report, name) or 0, _SHIFT_MONEY)
    yield _within("expected_cash_fen", report.expected_cash_fen, _SHIFT_CASH)


def _shift_sums(report: ShiftReport) -> Findings:
    by_kind, cashiers = report.tenders, report.cashiers
    yield _sum("sales_fen", report.sales_fen, sum(one.in_fen for one in by_kind))
    yield _sum("refunds_fen", report.refunds_fen, sum(one.out_fen for one in by_kind))
    yield _sum("sales_count", report.sales_count, sum(one.sales_count for one in cashiers))
    yield _sum("sales_fen, by cashier", report.sales_fen, sum(one.sales_fen for one in cashiers))
    cash = sum(one.in_fen - one.out_fen for one in by_kind if one.kind == TenderKind.CASH)
    moved = report.cash_in_fen - report.cash_out_fen
    yield _sum("expected_cash_fen", report.expected_cash_fen, report.float_fen + cash + moved)
    if report.counted_fen is not None:
        difference = report.counted_fen - report.expected_cash_fen
        yield _sum("difference_fen", report.difference_fen, difference)


def _within(
    name: str, value: int, allowed: Range, code: str = "amount_out_of_range"
) -> Parking | None:
    if allowed.low <= value <= allowed.high:
        return None
    return Parking(code, f"{name} is {value}, expected {allowed.low} to {allowed.high}")


def _pieces(quantity: int) -> Parking | None:
    return _within("quantity", quantity, _PIECES, "quantity_out_of_range")


def _number(name: str, value: int) -> Parking | None:
    return _within(name, value, _NUMBER, "number_out_of_range")


def _points(name: str, value: int, allowed: Range) -> Parking | None:
    return _within(name, value, allowed, "points_out_of_range")


def _count(name: str, value: int, most: int) -> Parking | None:
    return _within(name, value, Range(0, most), "number_out_of_range")


def _sum(name: str, told: int | None, reckoned: int) -> Parking | None:
    if told == reckoned:
        return None
    return Parking("sum_mismatch", f"{name} is {told}, its parts come to {reckoned}")


def _sku(sku: str) -> Parking | None:
    if _SKU.fullmatch(sku):
        return None
    return Parking("sku_malformed", "expected 1 to 64 printable characters")


_CHECKS: Final[dict[type, Callable[..., Findings]]] = {
    SaleRecorded: _sale,
    CouponRedeemed: _order,
    SaleRefunded: _refund,
    ShiftOpened: _opened,
    CashMoved: _moved,
    ShiftClosed: _closed,
}
