"""The receipt of a sale."""

from itertools import chain

from msgspec import Struct

from agent.domain.basket import Line
from agent.domain.money import yuan
from agent.domain.printing.coupon import CouponGiven, coupon_lines
from agent.domain.printing.letterhead import Issue, Letterhead, issue_lines, paper
from agent.domain.printing.printout import Element, Pair, Printout, Qr, Row, Rule, Text
from agent.domain.printing.taken_off import (
    at_foot,
    below_line,
    saved,
    subtotal_fen,
    tax_lines,
)
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind

TENDERS: dict[TenderKind, str] = {
    TenderKind.CASH: "现金",
    TenderKind.CARD: "银行卡",
    TenderKind.WECHAT: "微信支付",
    TenderKind.ALIPAY: "支付宝",
    TenderKind.OTHER: "其他",
}
COLUMNS = (5, 4, 3)
"""Shares of name, quantity × price, and amount."""


class BuyingMember(Struct, frozen=True, kw_only=True):
    """The member who bought, as the receipt may show them."""

    phone_masked: str
    points: int
    """Balance after this sale, as far as this store knows."""


class SoldPaper(Struct, frozen=True, kw_only=True):
    """A sale, with what its receipt says beyond the event."""

    sale: SaleRecorded
    issue: Issue
    campaigns: dict[int, str]
    """Names of the campaigns of its coupons."""
    member: BuyingMember | None = None
    to_be_synced: bool = False
    """HQ was not reachable when it was printed, and does not hold it yet."""
    given: tuple[CouponGiven, ...] = ()


def sale_receipt(letterhead: Letterhead, sold: SoldPaper) -> Printout:
    """Return the receipt."""
    elements = (
        *issue_lines(letterhead, sold.issue),
        *_lines(sold.sale),
        Rule(),
        *_sums(sold),
        *_payment(sold.sale.tenders),
        *_member(sold),
        *_notes(sold),
        *_given(letterhead, sold),
        *_links(letterhead, sold),
    )
    return paper(letterhead, "销售小票", elements)


def _lines(sale: SaleRecorded) -> tuple[Element, ...]:
    head = Row(cells=("品名", "数量×单价", "金额"), shares=COLUMNS)
    rows = ((*_line(line), *below_line(sale, place)) for place, line in enumerate(sale.lines))
    return (head, Rule(), *chain.from_iterable(rows))


def _line(line: Line) -> tuple[Element, ...]:
    counted = f"{line.quantity}×{yuan(line.unit_price_fen)}"
    if line.amount_fen != line.quantity * line.unit_price_fen:
        counted = f"{line.quantity}件"  # its sum is not that of its pieces
    row = Row(cells=(line.name or line.sku, counted, yuan(line.amount_fen)), shares=COLUMNS)
    if line.weight_g is None:
        return (row,)
    return (row, Text(text=f"  每份净重 {_kilograms(line.weight_g)}"))


def _kilograms(grams: int) -> str:
    return f"{grams // 1000}.{grams % 1000:03d}kg"


def _sums(sold: SoldPaper) -> tuple[Element, ...]:
    sale = sold.sale
    off, after = (at_foot(sale), saved(sale)) if sale.promotions else (_coupons(sold), ())
    return (
        Pair(left=f"小计 共{len(sale.lines)}项", right=yuan(subtotal_fen(sale))),
        *off,
        Pair(left="合计", right=f"¥{yuan(sale.payable_fen)}", bold=True, large=True),
        *after,
        *tax_lines(sale),
    )


def _coupons(sold: SoldPaper) -> tuple[Element, ...]:
    """Of a sale from before promotions, which says what each coupon took off and no more."""
    coupons = tuple(
        Pair(
            left=f"优惠 {sold.campaigns.get(used.campaign) or f'活动{used.campaign}'}"
            + (" *" if used.at_risk else ""),
            right=yuan(-used.discount_fen),
        )
        for used in sold.sale.redemptions
    )
    if len(coupons) < 2:
        return coupons
    return (*coupons, Pair(left="优惠合计", right=yuan(-sold.sale.discount_fen)))


def _payment(tenders: tuple[Tender, ...]) -> tuple[Element, ...]:
    return tuple(element for tender in tenders for element in _tender(tender))


def _tender(tender: Tender) -> tuple[Element, ...]:
    name = TENDERS[tender.kind]
    if tender.given_fen is None:
        paid = Pair(left=name, right=yuan(tender.amount_fen))
        return (paid, Text(text=f"凭证号 {tender.reference}")) if tender.reference else (paid,)
    return (
        Pair(left=name, right=yuan(tender.amount_fen)),
        Pair(left="实收", right=yuan(tender.given_fen)),
        Pair(left="找零", right=yuan(tender.given_fen - tender.amount_fen)),
    )


def _member(sold: SoldPaper) -> tuple[Element, ...]:
    if sold.member is None:
        return ()
    return (
        Rule(),
        Pair(left="会员", right=sold.member.phone_masked),
        Pair(left="本次积分", right=f"+{sold.sale.points_earned}"),
        Pair(left="积分余额", right=str(sold.member.points)),
    )


def _notes(sold: SoldPaper) -> tuple[Element, ...]:
    notes: list[Element] = []
    if sold.to_be_synced:
        notes.append(Text(text="断网收银：本小票待同步", align="center"))
    if any(used.at_risk for used in sold.sale.redemptions):
        notes.append(Text(text="* 此优惠券待总部确认", align="center"))
    return (Rule(), *notes) if notes else ()


def _given(letterhead: Letterhead, sold: SoldPaper) -> tuple[Element, ...]:
    if not sold.given:
        return ()
    lines = (coupon_lines(letterhead, coupon, sold.issue.at) for coupon in sold.given)
    return (Rule(), *chain.from_iterable(lines))


def _links(letterhead: Letterhead, sold: SoldPaper) -> tuple[Element, ...]:
    """Where the customer finds the receipt again, and asks for an invoice."""
    links = (
        (letterhead.e_receipt_url, "扫码查看电子小票 E-receipt"),
        (letterhead.invoice_url, "扫码开票 Invoice"),
    )
    codes = tuple(
        Qr(data=_of_this_sale(url, sold), caption=caption) for url, caption in links if url
    )
    return (Rule(), *codes) if codes else ()


def _of_this_sale(url: str, sold: SoldPaper) -> str:
    return url.replace("{receipt}", sold.issue.number).replace("{sale_id}", sold.sale.sale_id)
