"""Print again: a numbered copy (补打) of the paper of a sale, a refund or a closed shift."""

from msgspec import Struct

from agent.domain.cash.events import ShiftClosed
from agent.domain.line.event_body import decode_body
from agent.domain.printing.coupon import CouponGiven
from agent.domain.printing.printout import Printout
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import receipt_text
from agent.services.desk.errors import PastRetentionError
from agent.services.desk.once import Ticket, once
from agent.services.desk.papers import Made
from agent.services.desk.stationery import Stationery
from agent.services.desk.store_desk import StoreDesk
from agent.services.printing.enqueue import check_room, enqueue, queued, with_printer
from agent.services.printing.errors import UnknownReceiptError
from agent.services.printing.papers import (
    refund_paper,
    sale_paper,
    shift_paper,
    shift_title,
)
from agent.store.coupons import campaigns
from agent.store.idempotency import Answer
from agent.store.line import journal, sync_state
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import JobKind
from agent.store.selling import receipts
from agent.store.sqlite import Connection


class Paper(Struct, frozen=True):
    """What is printed, and what it is called."""

    kind: JobKind
    printout: Printout
    title: str


async def reprint(desk: StoreDesk, subject: str, ticket: Ticket) -> Answer:
    """Queue a copy of the paper of `subject`: id of a sale, refund or closed shift; answer once.

    Raises NoPrinterError, PrintQueueFullError, UnknownReceiptError or PastRetentionError.
    """
    now = desk.time.now()

    def work(db: Connection) -> Answer:
        stationery = with_printer(desk)
        check_room(db)
        paper = _paper(desk, db, stationery, subject)
        copy = print_jobs.next_copy(db, subject, paper.kind)
        job_id = enqueue(
            db, paper.printout, paper.kind, subject, title=paper.title, at=now, copy=copy
        )
        return queued(db, job_id)

    return await desk.database.write(lambda db: once(db, ticket, now, work))


def _paper(desk: StoreDesk, db: Connection, stationery: Stationery, subject: str) -> Paper:
    seq = receipts.seq_of(db, subject)
    if seq is None:
        raise UnknownReceiptError("no sale, refund or closed shift of this store has this id")
    event = journal.recorded_at(db, seq)
    if event is None:
        raise PastRetentionError("it is past its retention here; head office has it")
    made = Made(
        till=event.till,
        cashier=event.cashier,
        at=event.occurred_at,
        business_date=event.business_date,
    )
    unsynced = not stationery.is_online() and seq > sync_state.get(db).acked.seq
    match decode_body(event.kind, event.body):
        case SaleRecorded() as sale:
            kind, title = JobKind.SALE, receipt_text(desk.name, made.till, sale.receipt_no)
            given = _given(db, sale)
            printout = sale_paper(
                desk.name, db, stationery, sale, made, given=given, to_be_synced=unsynced
            )
        case SaleRefunded() as refund:
            kind, title = JobKind.REFUND, receipt_text(desk.name, made.till, refund.receipt_no)
            printout = refund_paper(desk.name, db, stationery, refund, made, to_be_synced=unsynced)
        case ShiftClosed(report=report, signature=signature):
            kind, title = JobKind.CLOSING, shift_title(report)
            printout = shift_paper(
                db,
                stationery,
                report,
                at=made.at,
                signature=signature,
                business_date=made.business_date,
            )
        case _:
            raise UnknownReceiptError("nothing was printed of this")
    return Paper(kind, printout, title)


def _given(db: Connection, sale: SaleRecorded) -> tuple[CouponGiven, ...]:
    """The coupons that went with the first paper, by name: their codes are on that alone."""
    return tuple(
        CouponGiven(
            campaign=found.name if (found := campaigns.campaign(db, one.campaign)) else "",
            token="",
        )
        for one in sale.given
    )
