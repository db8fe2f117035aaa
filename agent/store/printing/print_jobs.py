"""Print jobs: the durable spool. A job is printed at most once, unless people say otherwise.

QUEUED ──begin──▶ PRINTING ──▶ PRINTED
  ▲                  ├──not ready, nothing sent──▶ QUEUED
  │                  ├──broke amid the job, or the agent died──▶ UNKNOWN
  │                  └──can't be printed at all──▶ FAILED
  └── as a new, numbered copy ── people say it is not on paper (UNKNOWN ──▶ FAILED)
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from agent.base.clock import Millis
from agent.store.sqlite import Connection


class JobState(StrEnum):
    """How far a job has come."""

    QUEUED = "queued"
    """Nothing of it was sent."""
    PRINTING = "printing"
    """Some of it may be on paper."""
    PRINTED = "printed"
    """The printer confirmed it, or took it and can't confirm (see detail), or people saw it."""
    UNKNOWN = "unknown"
    """The connection broke amid it: only people can tell whether it is on paper."""
    FAILED = "failed"
    """It is not on paper and will not be."""


class JobKind(StrEnum):
    """What is printed."""

    SALE = "sale"
    REFUND = "refund"
    CLOSING = "closing"
    """Z report."""
    SHIFT = "shift"
    """X report: each is a new one, none is a copy."""
    TEST = "test"


class PrintJob(Struct, frozen=True, kw_only=True):
    """One job, without what is printed."""

    job_id: str
    subject: str
    """Id of the sale, refund or shift."""
    kind: JobKind
    copy: int
    """0: the first paper; n: the n-th copy (补打)."""
    title: str
    """For people: the receipt number."""
    state: JobState
    attempts: int
    detail: str
    """Why it waits, is unknown or failed; or that the printer can't confirm."""
    at: Millis
    """When it was asked for."""
    done_at: Millis | None


class NewJob(Struct, frozen=True, kw_only=True):
    """A job before it is in the spool."""

    job_id: str
    subject: str
    kind: JobKind
    copy: int
    title: str
    printout: bytes
    """JSON of a Printout."""
    at: Millis


class Waiting(Struct, frozen=True, kw_only=True):
    """What is not on paper."""

    waiting: int
    """Queued, or being printed."""
    unknown: int
    """Waiting for people's word."""
    oldest_at: Millis | None
    """Of those waiting."""


_COLUMNS = "job_id, subject, kind, copy, title, state, attempts, detail, at, done_at"


def add(db: Connection, job: NewJob) -> None:
    """Put a job at the end of the queue, in the transaction of what it tells."""
    db.execute(
        "INSERT INTO print_job (job_id, subject, kind, copy, title, printout, state, at, day) "
        "VALUES (?,?,?,?,?,?,'queued',?, (SELECT day FROM today))",
        (job.job_id, job.subject, job.kind, job.copy, job.title, job.printout, job.at),
    )


def next_copy(db: Connection, subject: str, kind: JobKind) -> int:
    """Return the number of the next copy, from 1, whoever printed the first paper."""
    row = db.execute(
        "SELECT max(copy) FROM print_job WHERE subject = ? AND kind = ?", (subject, kind)
    ).fetchone()
    return (row[0] or 0) + 1


def next_queued(db: Connection) -> tuple[PrintJob, bytes] | None:
    """Return the job whose turn it is, with its printout."""
    row = db.execute(
        f"SELECT {_COLUMNS}, printout FROM print_job "  # noqa: S608 - a constant
        "WHERE state <> 'printed' AND state = 'queued' ORDER BY place LIMIT 1"
    ).fetchone()
    return (_job(row), row[-1]) if row else None


def find(db: Connection, job_id: str) -> tuple[PrintJob, bytes] | None:
    """Return a job with its printout (empty once it is done), None when there is none."""
    row = db.execute(
        f"SELECT {_COLUMNS}, printout FROM print_job WHERE job_id = ?",  # noqa: S608 - a constant
        (job_id,),
    ).fetchone()
    return (_job(row), row[-1]) if row else None


def begin(db: Connection, job_id: str, attempt: int) -> bool:
    """Record, before its first byte, that the job is being sent; False when it is not queued.

    May be repeated with the same `attempt` when a commit was not confirmed.
    """
    return bool(
        db.execute(
            "UPDATE print_job SET state = 'printing', attempts = ?, detail = '' WHERE job_id = ? "
            "AND (state = 'queued' OR (state = 'printing' AND attempts = ?))",
            (attempt, job_id, attempt),
        ).rowcount
    )


def end(db: Connection, job_id: str, state: JobState, *, detail: str, at: Millis) -> None:
    """Record how the sending ended; what is done needs its printout no more."""
    done = state in (JobState.PRINTED, JobState.FAILED)
    db.execute(
        "UPDATE print_job SET state = ?, detail = ?, done_at = ?, "
        "printout = CASE WHEN ? THEN x'' ELSE printout END WHERE job_id = ?",
        (state, detail, at if done else None, done, job_id),
    )


def interrupted(db: Connection, detail: str) -> list[str]:
    """Record that what was being sent when the agent ended is unknown; return the jobs' ids."""
    rows = db.execute(
        "UPDATE print_job SET state = 'unknown', detail = ? "
        "WHERE state <> 'printed' AND state = 'printing' RETURNING job_id",
        (detail,),
    ).fetchall()
    return [row[0] for row in rows]


def give_up(db: Connection, before: Millis, *, detail: str, at: Millis) -> list[str]:
    """Fail what has been queued since before `before`; return the jobs' ids."""
    rows = db.execute(
        "UPDATE print_job SET state = 'failed', detail = ?, done_at = ?, printout = x'' "
        "WHERE state <> 'printed' AND state = 'queued' AND at < ? RETURNING job_id",
        (detail, at, before),
    ).fetchall()
    return [row[0] for row in rows]


def waiting(db: Connection) -> Waiting:
    """Count what is not on paper."""
    row = db.execute(
        "SELECT coalesce(sum(state IN ('queued', 'printing')), 0), "
        "coalesce(sum(state = 'unknown'), 0), "
        "min(CASE WHEN state IN ('queued', 'printing') THEN at END) FROM print_job "
        "WHERE state <> 'printed' AND state IN ('queued', 'printing', 'unknown')"
    ).fetchone()
    return Waiting(waiting=row[0], unknown=row[1], oldest_at=row[2])


def open_jobs(db: Connection, limit: int) -> tuple[PrintJob, ...]:
    """Return what waits for the printer or for people, the oldest first."""
    return _jobs(
        db,
        "WHERE state <> 'printed' AND state IN ('queued', 'printing', 'unknown') "
        "ORDER BY place LIMIT ?",
        (limit,),
    )


def done_jobs(db: Connection, limit: int) -> tuple[PrintJob, ...]:
    """Return what was done of late, the newest first."""
    return _jobs(db, "WHERE state IN ('printed', 'failed') ORDER BY place DESC LIMIT ?", (limit,))


def prune(db: Connection, *, until_day: int, limit: int) -> int:
    """Delete what was queued in `until_day` or before and is not to be printed, among the
    `limit` oldest; return how many.

    Nobody will tell any more of what is still unknown then.
    """
    changed = db.execute(
        "DELETE FROM print_job WHERE place IN (SELECT place FROM "
        "(SELECT place, state, day FROM print_job ORDER BY place LIMIT ?) "
        "WHERE state IN ('printed', 'failed', 'unknown') AND day <= ?)",
        (limit, until_day),
    )
    return int(changed.rowcount)


def _jobs(db: Connection, which: str, values: Iterable[int]) -> tuple[PrintJob, ...]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM print_job {which}", tuple(values))  # noqa: S608 - constants
    return tuple(_job(row) for row in rows)


def _job(row: tuple[str, str, str, int, str, str, int, str, int, int | None]) -> PrintJob:
    return PrintJob(
        job_id=row[0],
        subject=row[1],
        kind=JobKind(row[2]),
        copy=row[3],
        title=row[4],
        state=JobState(row[5]),
        attempts=row[6],
        detail=row[7],
        at=Millis(row[8]),
        done_at=None if row[9] is None else Millis(row[9]),
    )
