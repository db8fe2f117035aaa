"""Close a shift: its figures from the journal, as an X report while it runs and as a signed Z."""

from collections.abc import Iterator

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from agent.domain.cash.closing import sign_closing
from agent.domain.cash.events import ShiftClosed
from agent.domain.cash.shift import ShiftReport
from agent.domain.cash.tally import Count, Happened, ShiftFacts, report_of, tally
from agent.domain.line.event_body import decode_body
from agent.domain.line.events import EventKind
from agent.domain.money import Amount
from agent.domain.outcome import Outcome, Sentence
from agent.domain.staff.cashier import Role
from agent.services.cash.errors import UnknownShiftError
from agent.services.cash.shift import running
from agent.services.desk.caller import Caller
from agent.services.desk.errors import PastRetentionError
from agent.services.desk.once import Ticket, once
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import AtTill
from agent.store.cash import shifts
from agent.store.cash.shifts import Shift
from agent.store.idempotency import Answer
from agent.store.line import journal
from agent.store.line.unsynced import NOTHING, Unsynced, unsynced
from agent.store.sqlite import Connection

_closed = msgspec.json.Decoder(ShiftClosed)
_SHOWN = Sentence("班次报表。", "The report of the shift.")
_NEEDS_SUPERVISOR = Sentence(
    "交班清点前，X 报表只供主管查看。",
    "Before the count, only a supervisor may see the X report.",
)
_CLOSED = Sentence("已交班。", "The shift is closed.")
_CLOSED_UNSYNCED = Sentence(
    "已交班。还有 {pending} 条记录待同步，已安全保存，联网后自动上传。",
    "The shift is closed. {pending} records wait to be synced; they are kept and go up by "
    "themselves once the line is there.",
)


class ClosingOrder(
    AtTill, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"print_": "print"}
):
    """The drawer was counted, blind: before anybody was told what it should hold."""

    counted_fen: Amount
    print_: bool = False
    """Print the Z report here; the closing waits for no printer."""


class ReportAnswer(Struct, frozen=True, kw_only=True):
    """A shift's report: X while it runs, Z when it is closed."""

    outcome: Outcome
    """`accepted`, or `needs_supervisor` for an X report, which tells what the drawer holds."""
    sentence: Sentence
    report: ShiftReport | None
    signature: str | None = None
    """Of a Z report, 128 hex digits."""
    business_date: str | None = None
    """Of a Z report that of its closing, of an X report today."""


class ClosingAnswer(Struct, frozen=True, kw_only=True):
    """The shift is closed."""

    report: ShiftReport
    signer: str
    """Ed25519 public key of this store's closings, 64 hex digits."""
    signature: str
    """Ed25519 over the report, 128 hex digits (docs/protocol.md)."""
    seq: int
    unsynced: Unsynced
    """A warning, never a reason not to close."""
    sentence: Sentence
    business_date: str
    """Of the closing."""
    print_job: str | None = None
    """The report's job in the print spool; None: not asked for, or there is no printer."""


class Closings:
    """Makes reports, and signs those that close a shift."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    async def report(self, desk: StoreDesk, shift_id: str, caller: Caller) -> ReportAnswer:
        """Return the shift's report; raise UnknownShiftError or PastRetentionError."""

        def work(db: Connection) -> ReportAnswer:
            shift = shifts.get(db, shift_id)
            if shift is None:
                raise UnknownShiftError("no such shift was opened in this store")
            if shift.closed_seq is not None:
                return _z_report(db, shift.closed_seq)
            return _x_report(desk, db, shift, caller)

        return await desk.database.read(work)

    async def close(
        self, desk: StoreDesk, shift_id: str, order: ClosingOrder, ticket: Ticket
    ) -> Answer:
        """Close the shift with the figures of the same transaction; answer once.

        Raises UnknownShiftError, OtherTillsShiftError or ShiftClosedError.
        """
        now = desk.time.now()

        def work(db: Connection) -> Answer:
            shift = running(db, shift_id, order.till)
            count = Count(closed_at=now, closed_by=order.cashier, counted_fen=order.counted_fen)
            closed = sign_closing(_figures(desk, db, shift, count), self._key)
            return Answer(201, msgspec.json.encode(_record(desk, db, closed, order)))

        return await desk.database.write(lambda db: once(db, ticket, now, work))


def _record(
    desk: StoreDesk, db: Connection, closed: ShiftClosed, order: ClosingOrder
) -> ClosingAnswer:
    report = closed.report
    assert report.closed_at is not None  # noqa: S101 - it was made with a count
    at = report.closed_at
    day = desk.time.business_date(at)
    place = desk.record(
        db, EventKind.SHIFT_CLOSED, closed, at=at, till=order.till, cashier=order.cashier
    )
    shifts.close(db, report.shift_id, place.seq)
    waiting = NOTHING if desk.training else unsynced(db)
    print_job = None
    if order.print_ and desk.papers is not None:
        print_job = desk.papers.print_closing(db, closed, at=at, business_date=day)
    return ClosingAnswer(
        report=report,
        signer=closed.signer,
        signature=closed.signature,
        seq=place.seq,
        unsynced=waiting,
        sentence=_warning(waiting),
        business_date=day,
        print_job=print_job,
    )


def _figures(
    desk: StoreDesk, db: Connection, shift: Shift, count: Count | None = None
) -> ShiftReport:
    facts = ShiftFacts(
        store=desk.name,
        till=shift.till,
        shift_id=shift.shift_id,
        z_no=shift.z_no,
        opened_at=shift.opened_at,
        opened_by=shift.cashier,
        from_seq=shift.opened_seq,
        float_fen=shift.float_fen,
    )
    figures = tally(_events(db, shift))
    return report_of(facts, figures, through_seq=journal.tip(db).seq, count=count)


def _events(db: Connection, shift: Shift) -> Iterator[Happened]:
    for event in journal.of_shift(db, shift.till, shift.shift_id, after_seq=shift.opened_seq):
        body = decode_body(event.kind, event.body)
        if body is not None:
            yield Happened(cashier=event.cashier, body=body)


def _x_report(desk: StoreDesk, db: Connection, shift: Shift, caller: Caller) -> ReportAnswer:
    if not caller.role.may_act_as(Role.SUPERVISOR) and caller.approved_by is None:
        return ReportAnswer(
            outcome=Outcome.NEEDS_SUPERVISOR, sentence=_NEEDS_SUPERVISOR, report=None
        )
    return ReportAnswer(
        outcome=Outcome.ACCEPTED,
        sentence=_SHOWN,
        report=_figures(desk, db, shift),
        business_date=desk.time.today(),
    )


def _z_report(db: Connection, closed_seq: int) -> ReportAnswer:
    event = journal.recorded_at(db, closed_seq)
    if event is None:
        raise PastRetentionError("the closing is past its retention here; head office has it")
    closed = _closed.decode(event.body)
    return ReportAnswer(
        outcome=Outcome.ACCEPTED,
        sentence=_SHOWN,
        report=closed.report,
        signature=closed.signature,
        business_date=event.business_date,
    )


def _warning(waiting: Unsynced) -> Sentence:
    """The closing itself waits, too; what is told are the records of before."""
    before = waiting.pending - 1
    if before <= 0:
        return _CLOSED
    return Sentence(
        _CLOSED_UNSYNCED.zh_cn.format(pending=before), _CLOSED_UNSYNCED.en.format(pending=before)
    )
