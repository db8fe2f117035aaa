"""Enqueue: put a paper at the end of the print queue, in the transaction of what it tells."""

import msgspec

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.domain.printing.printout import Printout
from agent.services.desk.stationery import Stationery
from agent.services.desk.store_desk import StoreDesk
from agent.services.printing.errors import NoPrinterError, PrintQueueFullError
from agent.store.idempotency import Answer
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import JobKind, NewJob
from agent.store.sqlite import Connection

MAX_WAITING = 100
"""With so many papers waiting, no copy is added; a sale's own receipt always is."""


def enqueue(
    db: Connection,
    printout: Printout,
    kind: JobKind,
    subject: str,
    *,
    title: str,
    at: Millis,
    copy: int = 0,
) -> str:
    """Put a paper at the end of the queue; return the job's id."""
    job_id = uuid7(at)
    print_jobs.add(
        db,
        NewJob(
            job_id=job_id,
            subject=subject,
            kind=kind,
            copy=copy,
            title=title,
            printout=msgspec.json.encode(printout),
            at=at,
        ),
    )
    return job_id


def printing_at(desk: StoreDesk) -> Stationery | None:
    """Return the desk's stationery, None when there is no printer to print on."""
    papers = desk.papers
    return papers.stationery if papers is not None and papers.stationery.printer else None


def with_printer(desk: StoreDesk) -> Stationery:
    """Return the desk's stationery; raise NoPrinterError."""
    stationery = printing_at(desk)
    if stationery is None:
        raise NoPrinterError("no printer is set: see [printer] address in the settings")
    return stationery


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
