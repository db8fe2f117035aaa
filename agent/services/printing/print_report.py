"""Print a shift's report: an X while it runs (each one new), a copy of the Z when it is closed."""

import msgspec
from msgspec import Struct

from agent.domain.cash.shift import ShiftReport
from agent.domain.outcome import Outcome, Sentence
from agent.services.cash.close_shift import Closings, ReportAnswer
from agent.services.desk.caller import Caller
from agent.services.desk.once import Ticket, once
from agent.services.desk.store_desk import StoreDesk
from agent.services.printing.enqueue import check_room, enqueue, with_printer
from agent.services.printing.papers import shift_paper, shift_title
from agent.store.idempotency import Answer
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import JobKind
from agent.store.sqlite import Connection


class ReportPrint(Struct, frozen=True, kw_only=True):
    """Whether the report is printed."""

    outcome: Outcome
    """`accepted`, or `needs_supervisor` for an X report, which tells what the drawer holds."""
    sentence: Sentence
    print_job: str | None = None
    """The report's job in the print spool."""


async def print_report(
    closings: Closings, desk: StoreDesk, shift_id: str, caller: Caller, ticket: Ticket
) -> Answer:
    """Queue the report; answer once.

    Raises UnknownShiftError, PastRetentionError, NoPrinterError or PrintQueueFullError.
    """
    shown = await closings.report(desk, shift_id, caller)
    report = shown.report
    now = desk.time.now()

    def work(db: Connection) -> Answer:
        if report is None:
            refusal = ReportPrint(outcome=shown.outcome, sentence=shown.sentence)
            return Answer(200, msgspec.json.encode(refusal))
        job_id = _enqueue(desk, db, report, shown)
        done = ReportPrint(outcome=shown.outcome, sentence=shown.sentence, print_job=job_id)
        return Answer(201, msgspec.json.encode(done))

    return await desk.database.write(lambda db: once(db, ticket, now, work))


def _enqueue(desk: StoreDesk, db: Connection, report: ShiftReport, shown: ReportAnswer) -> str:
    stationery = with_printer(desk)
    check_room(db)
    now = desk.time.now()
    kind = JobKind.SHIFT if report.closed_at is None else JobKind.CLOSING
    paper = shift_paper(
        db,
        stationery,
        report,
        at=report.closed_at or now,
        signature=shown.signature or "",
        business_date=shown.business_date or "",
    )
    return enqueue(
        db,
        paper,
        kind,
        report.shift_id,
        title=shift_title(report),
        at=now,
        copy=print_jobs.next_copy(db, report.shift_id, kind),
    )
