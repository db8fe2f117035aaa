"""A basket that was bought by a price book, as refunds know it."""

from collections.abc import Sequence

from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.promotions.book import Book
from agent.domain.promotions.context import Context
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.refund import Earned
from agent.domain.refunds.refund import Bought


def bought_of(lines: Sequence[Line], book: Book, context: Context) -> Bought:
    """Return the sale of `lines` by `book`."""
    priced = price(lines, Prepared(book), context)
    shares: dict[str, dict[int, int]] = {}
    for place, line in enumerate(priced.lines):
        for one in line.allocations:
            own = shares.setdefault(one.promotion, {})
            own[place] = own.get(place, 0) + one.fen
    coupons = {one.coupon for one in priced.applied}
    used = tuple(one for one in context.coupons if one.coupon in coupons)
    applied = tuple(one for one in book.promotions if one.id in shares)
    return Bought(
        lines=tuple(lines),
        net_fen=tuple(line.net_fen for line in priced.lines),
        payable_fen=priced.payable_fen,
        points_earned=priced.payable_fen // 100,
        earned=Earned(
            lines=tuple(lines),
            shares={one.id: shares[one.id] for one in applied},
            promotions=applied,
            articles=book.articles,
            context=replace(context, coupons=used),
        ),
    )
