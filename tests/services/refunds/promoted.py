"""Sales by a price book, put into the journal as a till records them."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from agent.base.ids import uuid7
from agent.domain.basket import Line
from agent.domain.line.events import EventKind
from agent.domain.promotions.book import Book
from agent.domain.promotions.context import Context
from agent.domain.promotions.events import AppliedPromotion, PricedBy
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from agent.services.desk.store_desk import StoreDesk
from agent.store.selling import sales
from agent.store.sqlite import Connection
from tests.domain.promotions.shop import here


async def sold_by(
    desk: StoreDesk, book: Book, lines: Sequence[Line], context: Context | None = None
) -> SaleRecorded:
    """Record the sale of `lines` by `book`, paid in cash."""
    now = desk.time.now()
    context = context or here()

    def work(db: Connection) -> SaleRecorded:
        number = sales.next_receipt_no(db, "T1")
        sale = promoted_sale(book, lines, context, uuid7(now), number)
        place = desk.record(db, EventKind.SALE_RECORDED, sale, at=now, till="T1", cashier="C7")
        sales.add(db, sale, seq=place.seq, till="T1")
        return sale

    return await desk.database.write(work)


def promoted_sale(
    book: Book, lines: Sequence[Line], context: Context, sale_id: str, receipt_no: int = 1
) -> SaleRecorded:
    """Return the sale of `lines` by `book`, as its till's journal holds it."""
    priced = price(lines, Prepared(book), context)
    rules = {one.id: one for one in book.promotions}
    applied = tuple(
        AppliedPromotion(
            promotion=one.promotion,
            name=one.name,
            fen=one.fen,
            version=1,
            shares=_shares(priced.lines, one.promotion),
            rule=rules[one.promotion],
        )
        for one in priced.applied
    )
    return SaleRecorded(
        sale_id=sale_id,
        receipt_no=receipt_no,
        lines=tuple(lines),
        redemptions=(),
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=priced.payable_fen),),
        total_fen=priced.total_fen,
        discount_fen=priced.discount_fen,
        payable_fen=priced.payable_fen,
        points_earned=0,
        promotions=applied or UNSET,
        priced=PricedBy(at=context.at.isoformat()) if applied else UNSET,
    )


def _shares(lines: Sequence[Any], promotion: str) -> tuple[tuple[int, int], ...]:
    return tuple(
        (place, one.fen)
        for place, line in enumerate(lines)
        for one in line.allocations
        if one.promotion == promotion
    )
