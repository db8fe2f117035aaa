"""The report of a shift: X while it runs, Z when it is closed."""

from msgspec.structs import replace

from agent.base.clock import Millis
from agent.domain.cash.shift import CashierTotal, ShiftReport, TenderTotal
from agent.domain.money import yuan
from agent.domain.printing.letterhead import BUSINESS_DATE, Letterhead, moment, paper
from agent.domain.printing.printout import Element, Pair, Printout, Row, Rule, Text
from agent.domain.printing.sale import TENDERS
from agent.domain.selling.events import TenderKind

COLUMNS = (4, 3, 3)
PLACE_DIGITS = 12
"""Of an event's hash, which holds those of all before it."""
SEAL_DIGITS = 16
"""Of the closing's signature, so that paper and event can be told to belong together."""


def shift_report(
    letterhead: Letterhead,
    report: ShiftReport,
    *,
    at: Millis,
    receipt_of: tuple[str, str] | None = None,
    signature: str = "",
    place: str = "",
    business_date: str = "",
) -> Printout:
    """Return the paper of `report`, printed at `at`; empty, the business date is not told.

    `receipt_of`: first and last receipt number of the shift as printed. `signature`: the closing's,
    hex; empty in an X report. `place`: of the closing in the journal, as `place_of` tells it.
    """
    closed = report.closed_at is not None
    title = f"Z 报表 交班结算 第{report.z_no}号" if closed else "X 报表 班次中 未结算"
    elements = (
        *((Pair(left=BUSINESS_DATE, right=business_date),) if business_date else ()),
        *_whose(letterhead, report, at),
        *_sales(report, receipt_of),
        *_tenders(report.tenders),
        *_cashiers(report.cashiers),
        *_cash(report),
        *((Pair(left="签名校验", right=signature[:SEAL_DIGITS]),) if signature else ()),
        *((Pair(left="流水校验", right=place),) if place else ()),
        *((Text(text="交班人签名：______________"),) if closed else ()),
    )
    return paper(replace(letterhead, footer=()), title, elements)  # nobody is to come again


def place_of(seq: int, hash_: bytes) -> str:
    """Return a place of the journal as a paper shows it, such as 4711:3fa90c117b2e.

    Whatever becomes of the disk, the paper tells how far its journal had come, with which events.
    """
    return f"{seq}:{hash_.hex()[:PLACE_DIGITS]}"


def _whose(letterhead: Letterhead, report: ShiftReport, at: Millis) -> tuple[Element, ...]:
    closing: tuple[Element, ...] = ()
    if report.closed_at is not None:
        closing = (
            Pair(left=f"交班 {report.closed_by or ''}", right=moment(letterhead, report.closed_at)),
        )
    return (
        Pair(left=f"门店 {report.store}", right=f"机号 {report.till}"),
        Pair(left=f"开班 {report.opened_by}", right=moment(letterhead, report.opened_at)),
        *closing,
        Pair(left="打印时间", right=moment(letterhead, at)),
        Pair(left="流水号", right=f"{report.from_seq}-{report.through_seq}"),
        Rule(),
    )


def _sales(report: ShiftReport, receipts: tuple[str, str] | None) -> tuple[Element, ...]:
    numbers: tuple[Element, ...] = ()
    if receipts:
        numbers = (
            Pair(left="首张小票", right=receipts[0]),
            Pair(left="末张小票", right=receipts[1]),
        )
    return (
        Pair(left=f"销售 {report.sales_count}笔", right=yuan(report.sales_fen), bold=True),
        Pair(left="其中优惠", right=yuan(-report.discount_fen)),
        *_by_people(report),
        Pair(left=f"退货 {report.refunds_count}笔", right=yuan(-report.refunds_fen)),
        Pair(
            left="净额",
            right=f"¥{yuan(report.sales_fen - report.refunds_fen)}",
            bold=True,
            large=True,
        ),
        Pair(left="核销优惠券", right=f"{report.coupons_count}张"),
        Pair(left="其中待总部确认", right=f"{report.at_risk_count}张"),
        Pair(left="会员积分", right=str(report.points_earned)),
        Pair(left="无销售开钱箱", right=f"{report.drawer_openings}次"),
        *numbers,
    )


def _by_people(report: ShiftReport) -> tuple[Element, ...]:
    """Of the discounts, what was given by hand and what was rounded."""
    hand: tuple[Element, ...] = ()
    if report.by_hand_count:
        hand = (
            Pair(
                left=f"　手工优惠 {report.by_hand_count}次", right=yuan(-(report.by_hand_fen or 0))
            ),
        )
    if not report.rounding_fen:
        return hand
    return (*hand, Pair(left="　抹零", right=yuan(-report.rounding_fen)))


def _tenders(tenders: tuple[TenderTotal, ...]) -> tuple[Element, ...]:
    head = Row(cells=("支付方式", "收", "退"), shares=COLUMNS)
    rows = tuple(
        Row(cells=(_name(one.kind), yuan(one.in_fen), yuan(-one.out_fen)), shares=COLUMNS)
        for one in tenders
    )
    return (Rule(), head, *rows) if rows else ()


def _cashiers(cashiers: tuple[CashierTotal, ...]) -> tuple[Element, ...]:
    head = Row(cells=("工号/笔数", "销售", "退货"), shares=COLUMNS)
    rows = tuple(
        Row(
            cells=(
                f"{one.cashier}/{one.sales_count}",
                yuan(one.sales_fen),
                yuan(-one.refunds_fen),
            ),
            shares=COLUMNS,
        )
        for one in cashiers
    )
    return (Rule(), head, *rows) if rows else ()


def _cash(report: ShiftReport) -> tuple[Element, ...]:
    counted: tuple[Element, ...] = ()
    if report.counted_fen is not None and report.difference_fen is not None:
        counted = (
            Pair(left="实点现金", right=yuan(report.counted_fen), bold=True),
            Pair(left="长短款", right=_signed(report.difference_fen), bold=True),
        )
    return (
        Rule(),
        Pair(left="备用金", right=yuan(report.float_fen)),
        Pair(left="现金存入", right=yuan(report.cash_in_fen)),
        Pair(left="现金取出", right=yuan(-report.cash_out_fen)),
        Pair(left="应有现金", right=yuan(report.expected_cash_fen), bold=True),
        *counted,
        Rule(),
    )


def _name(kind: str) -> str:
    return TENDERS[TenderKind(kind)] if kind in list(TenderKind) else kind


def _signed(fen: int) -> str:
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen)
