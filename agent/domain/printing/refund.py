"""The paper of a refund: what came back, and how the money went back."""

from msgspec import Struct

from agent.domain.basket import Line
from agent.domain.money import yuan
from agent.domain.printing.letterhead import Issue, Letterhead, issue_lines, paper
from agent.domain.printing.printout import Element, Feed, Pair, Printout, Row, Rule, Text
from agent.domain.printing.sale import TENDERS, BuyingMember
from agent.domain.refunds.events import RefundedLine, SaleRefunded, TakenBack

COLUMNS = (5, 2, 3)
"""Shares of name, quantity, and amount."""


class RefundedPaper(Struct, frozen=True, kw_only=True):
    """A refund, with what its paper says beyond the event."""

    refund: SaleRefunded
    issue: Issue
    sold_as: str
    """Number of the sale's receipt."""
    sold: tuple[Line, ...]
    """The sale's lines, in their places; empty when they are not kept any more."""
    member: BuyingMember | None = None
    to_be_synced: bool = False


def refund_receipt(letterhead: Letterhead, refunded: RefundedPaper) -> Printout:
    """Return the paper."""
    refund = refunded.refund
    elements = (
        *issue_lines(letterhead, refunded.issue),
        Pair(left="原小票号", right=refunded.sold_as),
        Rule(),
        *(_line(line, refunded.sold) for line in refund.lines),
        *(_taken(one) for one in refund.taken or ()),
        Rule(),
        Pair(left="退款合计", right=f"¥{yuan(-refund.refunded_fen)}", bold=True, large=True),
        *(
            Pair(left=f"退{TENDERS[tender.kind]}", right=yuan(-tender.amount_fen))
            for tender in refund.tenders
        ),
        *_member(refunded),
        *_notes(refunded),
        Feed(lines=1),
        Text(text="顾客签名：________________"),
    )
    return paper(letterhead, "退货单 REFUND", elements)


def _line(line: RefundedLine, sold: tuple[Line, ...]) -> Row:
    name = sold[line.place].name if 0 <= line.place < len(sold) else ""
    return Row(
        cells=(name or line.sku, f"-{line.quantity}", yuan(-line.amount_fen)), shares=COLUMNS
    )


def _taken(one: TakenBack) -> Pair:
    """A promotion that what is kept does not earn any more, or whose money goes back after all."""
    return Pair(left=f"{'扣回' if one.fen > 0 else '返还'} {one.name}", right=yuan(one.fen))


def _member(refunded: RefundedPaper) -> tuple[Element, ...]:
    if refunded.member is None:
        return ()
    return (
        Pair(left="会员", right=refunded.member.phone_masked),
        Pair(left="扣回积分", right=str(-refunded.refund.points_back)),
        Pair(left="积分余额", right=str(refunded.member.points)),
    )


def _notes(refunded: RefundedPaper) -> tuple[Element, ...]:
    refund = refunded.refund
    notes: list[Element] = [Pair(left="原因", right=refund.why)]
    if refund.approved_by:
        notes.append(Pair(left="主管工号", right=refund.approved_by))
    if refund.taken and any(one.fen > 0 for one in refund.taken):
        notes.append(Text(text="扣回：余下商品不再满足该活动条件"))
    if refund.claim_fen:
        notes.append(Text(text=f"尚有{yuan(refund.claim_fen)}元将从本单后续退款中扣回"))
    if refund.freed:
        notes.append(Text(text=f"{len(refund.freed)}张优惠券已退回，可再次使用"))
    if refund.lapsed:
        notes.append(Text(text=f"{len(refund.lapsed)}张优惠券已失效，不能再用"))
    if refunded.to_be_synced:
        notes.append(Text(text="断网收银：本单待同步", align="center"))
    return (Rule(), *notes)
