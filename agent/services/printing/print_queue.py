"""The print queue as people see it: what waits, what came out, their word on the unknown."""

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.printing.printout import Printout
from agent.domain.printing.trial import trial_page
from agent.services.desk.news import Item, Topic
from agent.services.desk.once import Ticket, once
from agent.services.desk.store_desk import StoreDesk
from agent.services.printing.enqueue import check_room, enqueue, queued, with_printer
from agent.services.printing.errors import PrintJobSettledError, UnknownPrintJobError
from agent.store.idempotency import Answer
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import JobKind, JobState, PrintJob
from agent.store.sqlite import Connection

SHOWN_WAITING = 100
SHOWN_DONE = 20
SAID_PRINTED = "people saw it on paper"
SAID_MISSING = "people said that it is not on paper"


class PrintQueue(Struct, frozen=True, kw_only=True):
    """How the spool stands."""

    waiting: int
    """Papers queued, or being printed."""
    unknown: int
    """Papers of which only people can tell whether they came out."""
    oldest_at: Millis | None
    """When the oldest of those waiting was asked for."""
    open: tuple[PrintJob, ...]
    """Those waiting or unknown, the oldest first; not more than 100."""
    done: tuple[PrintJob, ...]
    """The last ones done, the newest first."""


class Resolution(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people found in the printer."""

    printed: bool
    """False: a copy (补打) of it is queued."""


class TrialOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test page."""

    open_drawer: bool = False


async def print_queue(desk: StoreDesk) -> PrintQueue:
    """Return how the spool stands."""
    return await desk.database.read(_queue)


async def resolve(desk: StoreDesk, job_id: str, said: Resolution, ticket: Ticket) -> Answer:
    """Take people's word on a job that is unknown; answer once with the job that comes of it.

    Raises UnknownPrintJobError, PrintJobSettledError, NoPrinterError.
    """
    now = desk.time.now()

    def work(db: Connection) -> Answer:
        found = print_jobs.find(db, job_id)
        if found is None:
            raise UnknownPrintJobError("there is no such job in the spool")
        job, printout = found
        if job.state is not JobState.UNKNOWN:
            raise PrintJobSettledError(f"the job is {job.state}, not unknown", state=job.state)
        if said.printed:
            print_jobs.end(db, job_id, JobState.PRINTED, detail=SAID_PRINTED, at=now)
            return queued(db, job_id)
        with_printer(desk)
        print_jobs.end(db, job_id, JobState.FAILED, detail=SAID_MISSING, at=now)
        return queued(db, _again(db, job, printout, now))

    answer = await desk.database.write(lambda db: once(db, ticket, now, work))
    await _tell(desk, job_id)
    return answer


async def print_trial(desk: StoreDesk, order: TrialOrder, ticket: Ticket) -> Answer:
    """Queue a test page, and open the drawer if asked; answer once.

    Raises NoPrinterError or PrintQueueFullError.
    """
    now = desk.time.now()
    fresh = False

    def work(db: Connection) -> Answer:
        nonlocal fresh
        fresh = True
        stationery = with_printer(desk)
        check_room(db)
        page = trial_page(
            stationery.letterhead, columns=stationery.columns, printer=stationery.printer, at=now
        )
        return queued(db, _trial(db, page, ticket, now))

    answer = await desk.database.write(lambda db: once(db, ticket, now, work))
    if fresh and order.open_drawer and desk.drawer is not None:
        desk.drawer.open_soon(None)
    return answer


def _queue(db: Connection) -> PrintQueue:
    counted = print_jobs.waiting(db)
    return PrintQueue(
        waiting=counted.waiting,
        unknown=counted.unknown,
        oldest_at=counted.oldest_at,
        open=print_jobs.open_jobs(db, SHOWN_WAITING),
        done=print_jobs.done_jobs(db, SHOWN_DONE),
    )


def _again(db: Connection, job: PrintJob, printout: bytes, now: Millis) -> str:
    """Queue the same paper as a numbered copy."""
    paper = msgspec.json.decode(printout, type=Printout)
    copy = print_jobs.next_copy(db, job.subject, job.kind)
    return enqueue(db, paper, job.kind, job.subject, title=job.title, at=now, copy=copy)


def _trial(db: Connection, page: Printout, ticket: Ticket, now: Millis) -> str:
    subject = f"{ticket.client}:{ticket.key}"
    return enqueue(db, page, JobKind.TEST, subject, title="测试页 TEST", at=now)


async def _tell(desk: StoreDesk, job_id: str) -> None:
    found = await desk.database.read(lambda db: print_jobs.find(db, job_id))
    if found is not None:
        desk.news.publish(Item(topic=Topic.PRINT, facts=found[0]))
