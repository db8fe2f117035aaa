"""Print again: a numbered copy (补打) of the paper of a sale, a refund or a closed shift."""

import msgspec
from msgspec import Struct

from agent.domain.chain import Envelope
from agent.domain.events import BODY_TYPES, EventKind, SaleRecorded, SaleRefunded, ShiftClosed
from agent.domain.printout import Printout
from agent.domain.printouts.sale import CouponGiven
from agent.domain.receipt import receipt_text
from agent.services.errors import (
    NoPrinterError,
    PrintQueueFullError,
    ReceiptNotKeptError,
    UnknownReceiptError,
)
from agent.services.once import Ticket, once
from agent.services.print_receipt import (
    Made,
    enqueue,
    refund_paper,
    sale_paper,
    shift_paper,
    shift_title,
)
from agent.services.stationery import Stationery
from agent.services.store_desk import StoreDesk
from agent.services.wire import Cashier, Till
from agent.store import catalogue, journal, print_jobs, receipts, sync_state
from agent.store.idempotency import Answer
from agent.store.print_jobs import JobKind
from agent.store.sqlite import Connection

MAX_WAITING = 100
"""With so many papers waiting, no copy is added; a sale's own receipt always is."""

_KINDS = {
    EventKind.SALE_RECORDED: JobKind.SALE,
    EventKind.SALE_REFUNDED: JobKind.REFUND,
    EventKind.SHIFT_CLOSED: JobKind.CLOSING,
}


class Reprint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who asks for a copy, and where."""

    till: Till
    cashier: Cashier


class Paper(Struct, frozen=True):
    """What is printed, and what it is called."""

    kind: JobKind
    printout: Printout
    title: str


async def reprint(desk: StoreDesk, subject: str, ticket: Ticket) -> Answer:
    """Queue a copy of the paper of `subject`: id of a sale, refund or closed shift; answer once.

    Raises NoPrinterError, PrintQueueFullError, UnknownReceiptError or ReceiptNotKeptError.
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


def with_printer(desk: StoreDesk) -> Stationery:
    """Return the desk's stationery; raise NoPrinterError."""
    if desk.stationery is None or not desk.stationery.printer:
        raise NoPrinterError("no printer is set: see [printer] address in the settings")
    return desk.stationery


def check_room(db: Connection) -> None:
    """Raise PrintQueueFullError."""
    waiting = print_jobs.waiting(db).waiting
    if waiting >= MAX_WAITING:
        raise PrintQueueFullError(f"{waiting} papers wait for the printer", waiting=waiting)


def queued(db: Connection, job_id: str) -> Answer:
    """Return the answer that tells of a job just queued."""
    found = print_jobs.find(db, job_id)
    assert found is not None  # noqa: S101 - it was queued in this transaction
    return Answer(201, msgspec.json.encode(found[0]))


def _paper(desk: StoreDesk, db: Connection, stationery: Stationery, subject: str) -> Paper:
    seq = receipts.seq_of(db, subject)
    if seq is None:
        raise UnknownReceiptError("no sale, refund or closed shift of this store has this id")
    event = _event(db, desk.name, seq)
    kind = EventKind(event.kind)
    made = Made(till=event.till, cashier=event.cashier, at=event.occurred_at)
    unsynced = not stationery.is_online() and seq > sync_state.get(db).acked.seq
    match msgspec.json.decode(event.body, type=BODY_TYPES[kind]):
        case SaleRecorded() as sale:
            given = _given(db, sale)
            printout = sale_paper(
                desk, db, stationery, sale, made, given=given, to_be_synced=unsynced
            )
            title = receipt_text(desk.name, made.till, sale.receipt_no)
        case SaleRefunded() as refund:
            printout = refund_paper(desk, db, stationery, refund, made, to_be_synced=unsynced)
            title = receipt_text(desk.name, made.till, refund.receipt_no)
        case ShiftClosed() as closed:
            printout = shift_paper(
                stationery, closed.report, at=made.at, signature=closed.signature
            )
            title = shift_title(closed.report)
        case _:
            raise UnknownReceiptError("nothing was printed of this")
    return Paper(_KINDS[kind], printout, title)


def _event(db: Connection, store: str, seq: int) -> Envelope:
    for line in journal.lines(db, store, after_seq=seq - 1, max_events=1):
        event = msgspec.json.decode(line, type=Envelope)
        if event.seq == seq:
            return event
    raise ReceiptNotKeptError("it is past its retention here: head office holds it")


def _given(db: Connection, sale: SaleRecorded) -> tuple[CouponGiven, ...]:
    """The coupons that went with the first paper, by name: their codes are on that alone."""
    return tuple(
        CouponGiven(
            campaign=found.name if (found := catalogue.campaign(db, one.campaign)) else "",
            token="",
        )
        for one in sale.given
    )
