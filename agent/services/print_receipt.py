"""Print: put the paper of a sale, a refund or a shift into the spool, in the event's transaction.

No printer, no job: the paper can be printed again later, as a copy.
"""

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.base.redaction import redact
from agent.domain.events import SaleRecorded, SaleRefunded, ShiftClosed
from agent.domain.printout import Printout
from agent.domain.printouts.letterhead import Issue
from agent.domain.printouts.refund import RefundedPaper, refund_receipt
from agent.domain.printouts.report import shift_report
from agent.domain.printouts.sale import BuyingMember, CouponGiven, SoldPaper, sale_receipt
from agent.domain.receipt import receipt_text
from agent.domain.shift import ShiftReport
from agent.services.enqueue import enqueue, printing_at
from agent.services.hand_out import GivenAway
from agent.services.stationery import Stationery
from agent.services.store_desk import StoreDesk
from agent.store import catalogue, journal, sales
from agent.store.print_jobs import JobKind
from agent.store.sqlite import Connection

_sale = msgspec.json.Decoder(SaleRecorded)


class Made(Struct, frozen=True, kw_only=True):
    """Where, when and by whom something was done."""

    till: str
    cashier: str
    at: Millis


def print_sale(
    desk: StoreDesk,
    db: Connection,
    sale: SaleRecorded,
    made: Made,
    given: tuple[GivenAway, ...] = (),
) -> str | None:
    """Queue the first receipt of a sale being recorded; return the job's id, None: no printer."""
    stationery = printing_at(desk)
    if stationery is None:
        return None
    coupons = tuple(CouponGiven(campaign=one.campaign_name, token=one.token) for one in given)
    online = stationery.is_online()
    printout = sale_paper(desk, db, stationery, sale, made, given=coupons, to_be_synced=not online)
    title = receipt_text(desk.name, made.till, sale.receipt_no)
    return enqueue(db, printout, JobKind.SALE, sale.sale_id, title=title, at=made.at)


def print_refund(desk: StoreDesk, db: Connection, refund: SaleRefunded, made: Made) -> str | None:
    """Queue the first paper of a refund being recorded; return the job's id, None: no printer."""
    stationery = printing_at(desk)
    if stationery is None:
        return None
    online = stationery.is_online()
    printout = refund_paper(desk, db, stationery, refund, made, to_be_synced=not online)
    title = receipt_text(desk.name, made.till, refund.receipt_no)
    return enqueue(db, printout, JobKind.REFUND, refund.refund_id, title=title, at=made.at)


def print_closing(
    desk: StoreDesk, db: Connection, closed: ShiftClosed, *, at: Millis
) -> str | None:
    """Queue the Z report of a shift being closed; return the job's id, None: no printer."""
    stationery = printing_at(desk)
    if stationery is None:
        return None
    report = closed.report
    printout = shift_paper(stationery, report, at=at, signature=closed.signature)
    title = shift_title(report)
    return enqueue(db, printout, JobKind.CLOSING, report.shift_id, title=title, at=at)


def sale_paper(
    desk: StoreDesk,
    db: Connection,
    stationery: Stationery,
    sale: SaleRecorded,
    made: Made,
    *,
    given: tuple[CouponGiven, ...],
    to_be_synced: bool,
) -> Printout:
    """Return a sale's receipt, with what this store knows of campaigns and member."""
    campaigns = {
        used.campaign: found.name
        for used in sale.redemptions
        if (found := catalogue.campaign(db, used.campaign)) is not None
    }
    sold = SoldPaper(
        sale=sale,
        issue=_issue(desk, made, sale.receipt_no),
        campaigns=campaigns,
        member=_member(db, sale.member_id),
        to_be_synced=to_be_synced,
        given=given,
    )
    return sale_receipt(stationery.letterhead, sold)


def refund_paper(
    desk: StoreDesk,
    db: Connection,
    stationery: Stationery,
    refund: SaleRefunded,
    made: Made,
    *,
    to_be_synced: bool,
) -> Printout:
    """Return a refund's paper; its lines have names as long as the sale is kept."""
    sold = sales.find(db, refund.sale_id)
    body = journal.body_at(db, sold.seq) if sold else None
    refunded = RefundedPaper(
        refund=refund,
        issue=_issue(desk, made, refund.receipt_no),
        sold_as=receipt_text(desk.name, sold.till, sold.receipt_no) if sold else refund.sale_id,
        sold=_sale.decode(body).lines if body else (),
        member=_member(db, refund.member_id),
        to_be_synced=to_be_synced,
    )
    return refund_receipt(stationery.letterhead, refunded)


def shift_paper(
    stationery: Stationery, report: ShiftReport, *, at: Millis, signature: str = ""
) -> Printout:
    """Return the paper of an X report, or with its `signature` of a Z report."""
    first, last = report.first_receipt_no, report.last_receipt_no
    receipts = None
    if first is not None and last is not None:
        receipts = (
            receipt_text(report.store, report.till, first),
            receipt_text(report.store, report.till, last),
        )
    return shift_report(
        stationery.letterhead, report, at=at, receipt_of=receipts, signature=signature
    )


def shift_title(report: ShiftReport) -> str:
    """Return what a shift's paper is called in the spool, such as 'Z 7 T1'."""
    return f"{'X' if report.closed_at is None else 'Z'} {report.z_no} {report.till}"


def _issue(desk: StoreDesk, made: Made, receipt_no: int) -> Issue:
    return Issue(
        number=receipt_text(desk.name, made.till, receipt_no),
        till=made.till,
        cashier=made.cashier,
        at=made.at,
    )


def _member(db: Connection, member_id: str | None) -> BuyingMember | None:
    found = catalogue.member(db, member_id) if member_id is not None else None
    if found is None:
        return None
    return BuyingMember(phone_masked=redact(found.phone_masked), points=found.points)
