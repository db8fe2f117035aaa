"""Print: put the paper of a sale, a refund or a shift into the spool, in the event's transaction.

No printer, no job: the paper can be printed again later, as a copy.
"""

import msgspec

from agent.base.clock import Millis
from agent.base.redaction import redact
from agent.domain.cash.events import ShiftClosed
from agent.domain.cash.shift import ShiftReport
from agent.domain.printing.coupon import CouponGiven
from agent.domain.printing.letterhead import Issue
from agent.domain.printing.printout import Printout
from agent.domain.printing.refund import RefundedPaper, refund_receipt
from agent.domain.printing.report import place_of, shift_report
from agent.domain.printing.sale import BuyingMember, SoldPaper, sale_receipt
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import receipt_text
from agent.services.desk.papers import Made
from agent.services.desk.stationery import Stationery
from agent.services.printing.enqueue import enqueue
from agent.store import members
from agent.store.cash import shifts
from agent.store.coupons import campaigns
from agent.store.line import journal
from agent.store.printing.print_jobs import JobKind
from agent.store.selling import sales
from agent.store.sqlite import Connection

_sale = msgspec.json.Decoder(SaleRecorded)


class PaperQueue:
    """The papers of one desk; see `agent.services.desk.papers`."""

    def __init__(self, stationery: Stationery, *, store: str) -> None:
        """`store`: what its receipts are named after."""
        self.stationery = stationery
        self._store = store

    def print_sale(
        self, db: Connection, sale: SaleRecorded, made: Made, given: tuple[CouponGiven, ...] = ()
    ) -> str | None:
        """Queue the first receipt of a sale being recorded."""
        stationery = self.stationery
        if not stationery.printer:
            return None
        unsynced = not stationery.is_online()
        printout = sale_paper(
            self._store, db, stationery, sale, made, given=given, to_be_synced=unsynced
        )
        title = receipt_text(self._store, made.till, sale.receipt_no)
        return enqueue(db, printout, JobKind.SALE, sale.sale_id, title=title, at=made.at)

    def print_refund(self, db: Connection, refund: SaleRefunded, made: Made) -> str | None:
        """Queue the first paper of a refund being recorded."""
        stationery = self.stationery
        if not stationery.printer:
            return None
        unsynced = not stationery.is_online()
        printout = refund_paper(self._store, db, stationery, refund, made, to_be_synced=unsynced)
        title = receipt_text(self._store, made.till, refund.receipt_no)
        return enqueue(db, printout, JobKind.REFUND, refund.refund_id, title=title, at=made.at)

    def print_closing(
        self, db: Connection, closed: ShiftClosed, *, at: Millis, business_date: str
    ) -> str | None:
        """Queue the Z report of a shift being closed."""
        if not self.stationery.printer:
            return None
        report = closed.report
        printout = shift_paper(
            db,
            self.stationery,
            report,
            at=at,
            signature=closed.signature,
            business_date=business_date,
        )
        title = shift_title(report)
        return enqueue(db, printout, JobKind.CLOSING, report.shift_id, title=title, at=at)


def sale_paper(
    store: str,
    db: Connection,
    stationery: Stationery,
    sale: SaleRecorded,
    made: Made,
    *,
    given: tuple[CouponGiven, ...],
    to_be_synced: bool,
) -> Printout:
    """Return a sale's receipt, with what this store knows of campaigns and member."""
    names = {
        used.campaign: found.name
        for used in sale.redemptions
        if (found := campaigns.campaign(db, used.campaign)) is not None
    }
    sold = SoldPaper(
        sale=sale,
        issue=_issue(store, made, sale.receipt_no),
        campaigns=names,
        member=_member(db, sale.member_id),
        to_be_synced=to_be_synced,
        given=given,
    )
    return sale_receipt(stationery.letterhead, sold)


def refund_paper(
    store: str,
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
        issue=_issue(store, made, refund.receipt_no),
        sold_as=receipt_text(store, sold.till, sold.receipt_no) if sold else refund.sale_id,
        sold=_sale.decode(body).lines if body else (),
        member=_member(db, refund.member_id),
        to_be_synced=to_be_synced,
    )
    return refund_receipt(stationery.letterhead, refunded)


def shift_paper(
    db: Connection,
    stationery: Stationery,
    report: ShiftReport,
    *,
    at: Millis,
    business_date: str,
    signature: str = "",
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
        stationery.letterhead,
        report,
        at=at,
        receipt_of=receipts,
        signature=signature,
        place=_place_of_closing(db, report.shift_id) if signature else "",
        business_date=business_date,
    )


def _place_of_closing(db: Connection, shift_id: str) -> str:
    """Empty for one that another PC recorded, or that is past its retention."""
    shift = shifts.get(db, shift_id)
    if shift is None or shift.closed_seq is None or shift.closed_seq <= 0:
        return ""
    hash_ = journal.hash_at(db, shift.closed_seq)
    return place_of(shift.closed_seq, hash_) if hash_ is not None else ""


def shift_title(report: ShiftReport) -> str:
    """Return what a shift's paper is called in the spool, such as 'Z 7 T1'."""
    return f"{'X' if report.closed_at is None else 'Z'} {report.z_no} {report.till}"


def _issue(store: str, made: Made, receipt_no: int) -> Issue:
    return Issue(
        number=receipt_text(store, made.till, receipt_no),
        till=made.till,
        cashier=made.cashier,
        at=made.at,
        business_date=made.business_date,
    )


def _member(db: Connection, member_id: str | None) -> BuyingMember | None:
    found = members.member(db, member_id) if member_id is not None else None
    if found is None:
        return None
    return BuyingMember(phone_masked=redact(found.phone_masked), points=found.points)
