"""The customer reads what each promotion took off, once each, and the column adds up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.printing.printout import Pair, Printout, Row
from agent.domain.printing.refund import RefundedPaper, refund_receipt
from agent.domain.printing.sale import SoldPaper, sale_receipt
from agent.domain.promotions.events import AppliedPromotion
from agent.domain.refunds.events import RefundedLine, SaleRefunded, TakenBack
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from agent.domain.selling.tax import tax_in
from tests.domain.printing.papers import ISSUE, SHOP
from tests.domain.printing.promoted import SALE, SOLD
from tests.domain.printing.test_printouts import words


def body(printout: Printout) -> list[str]:
    """What stands between the head of the lines and the tenders."""
    told = words(printout)
    return told[told.index("品名|数量×单价|金额") + 1 : told.index("现金|69.70")]


def test_promotions_of_pieces_stand_below_their_line_and_those_of_the_order_at_the_foot() -> None:
    assert body(sale_receipt(SHOP, SOLD)) == [
        "大米 5kg|2×59.90|119.80",
        "  优惠 第二件半价|-29.95",
        "可乐|2×3.50|7.00",
        "  手工优惠 瓶身划痕|-2.10",
        "小计 共2项|94.75",
        "优惠 满100减20|-20.00",
        "优惠 新人券 *|-5.00",
        "抹零|-0.05",
        "合计|¥69.70",
        "已优惠|57.10",
        "其中增值税 9%|5.50",
        "其中增值税 13%|0.36",
    ]


def test_one_promotion_needs_no_sum_beside_it() -> None:
    only = replace(SALE, promotions=(SALE.promotions or ())[1:2])
    assert "已优惠" not in str(body(sale_receipt(SHOP, replace(SOLD, sale=only))))


@pytest.mark.parametrize(
    ("net_fen", "tax_bp", "tax_fen"),
    [(11_300, 1_300, 1_300), (100, 1_300, 12), (5, 1_300, 1), (4, 1_300, 0), (100, 0, 0)],
)
def test_tax_is_that_in_the_price_half_a_fen_up(net_fen: int, tax_bp: int, tax_fen: int) -> None:
    assert tax_in(net_fen, tax_bp) == tax_fen


AMOUNTS = st.integers(1, 5_000)


@st.composite
def sold(draw: st.DrawFn) -> SoldPaper:
    """Sales of any lines and promotions, as the till records them."""
    fens = draw(st.lists(AMOUNTS, min_size=1, max_size=5))
    lines = tuple(
        Line(sku=f"{place}", name="", quantity=1, unit_price_fen=fen, amount_fen=fen)
        for place, fen in enumerate(fens)
    )
    left, promotions = list(fens), []
    for number in range(draw(st.integers(1, 5))):
        shares = tuple((at, draw(st.integers(0, there))) for at, there in enumerate(left))
        left = [there - fen for there, (_, fen) in zip(left, shares, strict=True)]
        kind = draw(st.sampled_from(("P", "by_hand", "rounding")))
        promotions.append(
            AppliedPromotion(
                promotion=kind,
                name=f"优惠{number}",
                fen=sum(fen for _, fen in shares),
                shares=tuple(share for share in shares if share[1]),
                by_line=draw(st.booleans()),
            )
        )
    sale = SaleRecorded(
        sale_id="s",
        receipt_no=1,
        lines=lines,
        redemptions=(),
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=sum(left)),),
        total_fen=sum(fens),
        discount_fen=sum(fens) - sum(left),
        payable_fen=sum(left),
        points_earned=0,
        promotions=tuple(promotions),
    )
    return SoldPaper(sale=sale, issue=ISSUE, campaigns={})


def amount(element: Pair | Row) -> int:
    """The figure on the right, in fen."""
    text = element.right if isinstance(element, Pair) else element.cells[-1]
    return int(re.sub(r"[¥.]", "", text))


@given(sold())
def test_the_column_adds_up_to_what_is_paid(paper: SoldPaper) -> None:
    figures = [e for e in sale_receipt(SHOP, paper).elements if isinstance(e, Pair | Row)]
    names = [e.left if isinstance(e, Pair) else e.cells[0] for e in figures]
    head, total = names.index("品名"), names.index("合计")
    middle = next(at for at, name in enumerate(names) if name.startswith("小计"))
    subtotal = sum(amount(one) for one in figures[head + 1 : middle])
    assert amount(figures[middle]) == subtotal
    assert amount(figures[total]) == subtotal + sum(
        amount(one) for one in figures[middle + 1 : total]
    )
    assert amount(figures[total]) == paper.sale.payable_fen


def test_a_refund_says_what_is_taken_off_and_why() -> None:
    refund = SaleRefunded(
        refund_id="r1",
        sale_id="s1",
        receipt_no=124,
        lines=(RefundedLine(place=1, sku="COLA", quantity=1, amount_fen=3_200),),
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=2_000),),
        refunded_fen=2_000,
        points_back=0,
        freed=(),
        why="坏",
        taken=(TakenBack(promotion="P1", name="满100减20", fen=1_200),),
        claim_fen=50,
    )
    paper = RefundedPaper(refund=refund, issue=ISSUE, sold_as="MB001-T1-000123", sold=SALE.lines)
    told = words(refund_receipt(SHOP, paper))
    where = told.index("可乐|-1|-32.00")
    assert told[where + 1 : where + 3] == ["扣回 满100减20|12.00", "退款合计|¥-20.00"]
    assert "扣回：余下商品不再满足该活动条件" in told
    assert "尚有0.50元将从本单后续退款中扣回" in told
    back = replace(refund, taken=(TakenBack(promotion="P1", name="满100减20", fen=-1_200),))
    told = words(refund_receipt(SHOP, replace(paper, refund=back)))
    assert "返还 满100减20|-12.00" in told
    assert "扣回：余下商品不再满足该活动条件" not in told
