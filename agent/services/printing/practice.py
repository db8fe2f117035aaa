"""Print the practice sheet: goods that this store sells, for who learns to sell them."""

from agent.domain.printing.practice import practice_sheet
from agent.services.desk.once import Ticket, once
from agent.services.desk.store_desk import StoreDesk
from agent.services.printing.enqueue import check_room, enqueue, queued, with_printer
from agent.store.idempotency import Answer
from agent.store.printing.print_jobs import JobKind
from agent.store.selling.articles import articles_with_code
from agent.store.sqlite import Connection

GOODS = 3
"""Codes on a sheet: what fits into one hand."""
GTIN_14 = 14


async def print_practice(desk: StoreDesk, ticket: Ticket) -> Answer:
    """Queue the sheet; answer once. Raises NoPrinterError or PrintQueueFullError."""
    now = desk.time.now()

    def work(db: Connection) -> Answer:
        stationery = with_printer(desk)
        check_room(db)
        found = (article.at(now) for article in articles_with_code(db, GOODS))
        goods = [(_printed(one.gtin), one.name or one.sku, one.price_fen) for one in found]
        page = practice_sheet(stationery.letterhead, goods)
        subject = f"{ticket.client}:{ticket.key}"
        title = "练习单 PRACTICE"
        return queued(db, enqueue(db, page, JobKind.TEST, subject, title=title, at=now))

    return await desk.database.write(lambda db: once(db, ticket, now, work))


def _printed(gtin: str) -> str:
    """The digits as on the goods: EAN-13 where the first of fourteen is 0."""
    return gtin.removeprefix("0") if len(gtin) == GTIN_14 else gtin
