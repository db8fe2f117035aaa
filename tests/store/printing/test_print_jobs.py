"""The spool in the database: in order, each first paper once, copies numbered, states kept."""

import pytest

from agent.base.clock import Millis
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import JobKind, JobState, NewJob, PrintJob
from agent.store.sqlite import Connection, IntegrityError

AT = Millis(1_000)


def add(db: Connection, job_id: str, *, subject: str = "", copy: int = 0, at: int = AT) -> None:
    print_jobs.add(
        db,
        NewJob(
            job_id=job_id,
            subject=subject or job_id,
            kind=JobKind.SALE,
            copy=copy,
            title="MB001-T1-000001",
            printout=b"{}",
            at=Millis(at),
        ),
    )


def found(db: Connection, job_id: str) -> tuple[PrintJob, bytes]:
    job = print_jobs.find(db, job_id)
    assert job is not None
    return job


def end(db: Connection, job_id: str, state: JobState) -> None:
    print_jobs.end(db, job_id, state, detail="", at=AT)


def test_jobs_come_in_the_order_in_which_they_were_asked_for(db: Connection) -> None:
    for job_id in "cab":
        add(db, job_id)
    order = []
    while (turn := print_jobs.next_queued(db)) is not None:
        order.append(turn[0].job_id)
        assert print_jobs.begin(db, order[-1], 1)
        end(db, order[-1], JobState.PRINTED)
    assert order == ["c", "a", "b"]


def test_a_job_that_was_not_ready_keeps_its_turn(db: Connection) -> None:
    add(db, "first")
    add(db, "second")
    print_jobs.begin(db, "first", 1)
    end(db, "first", JobState.QUEUED)
    turn = print_jobs.next_queued(db)
    assert turn is not None
    assert (turn[0].job_id, turn[0].attempts) == ("first", 1)


def test_the_first_paper_of_a_sale_is_queued_once(db: Connection) -> None:
    add(db, "a", subject="s1")
    with pytest.raises(IntegrityError):
        add(db, "b", subject="s1")
    add(db, "c", subject="s2")


def test_copies_are_numbered_from_one_also_when_we_printed_no_first(db: Connection) -> None:
    assert print_jobs.next_copy(db, "s1", JobKind.SALE) == 1
    add(db, "a", subject="s1")
    assert print_jobs.next_copy(db, "s1", JobKind.SALE) == 1
    add(db, "b", subject="s1", copy=1)
    assert print_jobs.next_copy(db, "s1", JobKind.SALE) == 2


def test_beginning_may_be_repeated_after_an_unconfirmed_commit_and_not_otherwise(
    db: Connection,
) -> None:
    add(db, "a")
    assert print_jobs.begin(db, "a", 1)
    assert print_jobs.begin(db, "a", 1)
    assert not print_jobs.begin(db, "a", 2)
    end(db, "a", JobState.UNKNOWN)
    assert not print_jobs.begin(db, "a", 2)


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        (JobState.QUEUED, b"{}"),
        (JobState.UNKNOWN, b"{}"),
        (JobState.PRINTED, b""),
        (JobState.FAILED, b""),
    ],
)
def test_what_is_done_is_kept_without_its_printout(
    db: Connection, state: JobState, kept: bytes
) -> None:
    add(db, "a")
    print_jobs.begin(db, "a", 1)
    end(db, "a", state)
    job, printout = found(db, "a")
    assert (job.state, printout) == (state, kept)
    assert (job.done_at is None) is bool(kept)


def test_what_was_being_printed_when_the_agent_ended_is_unknown_and_the_rest_stays(
    db: Connection,
) -> None:
    for job_id in ("done", "amid", "next"):
        add(db, job_id)
    print_jobs.begin(db, "done", 1)
    end(db, "done", JobState.PRINTED)
    print_jobs.begin(db, "amid", 1)
    assert print_jobs.interrupted(db, "the agent ended") == ["amid"]
    states = [found(db, job_id)[0].state for job_id in ("done", "amid", "next")]
    assert states == [JobState.PRINTED, JobState.UNKNOWN, JobState.QUEUED]


def test_what_waited_too_long_is_given_up_and_nothing_else(db: Connection) -> None:
    add(db, "old", at=1)
    add(db, "unknown", at=1)
    print_jobs.begin(db, "unknown", 1)
    end(db, "unknown", JobState.UNKNOWN)
    add(db, "new", at=10)
    assert print_jobs.give_up(db, Millis(5), detail="too old", at=AT) == ["old"]
    assert found(db, "old")[0].state is JobState.FAILED
    assert found(db, "unknown")[0].state is JobState.UNKNOWN
    assert found(db, "new")[0].state is JobState.QUEUED


def test_what_is_not_on_paper_is_counted(db: Connection) -> None:
    assert print_jobs.waiting(db).oldest_at is None
    for number, job_id in enumerate(("unknown", "amid", "queued"), start=5):
        add(db, job_id, at=number)
    print_jobs.begin(db, "unknown", 1)
    end(db, "unknown", JobState.UNKNOWN)
    print_jobs.begin(db, "amid", 1)
    counted = print_jobs.waiting(db)
    assert (counted.waiting, counted.unknown, counted.oldest_at) == (2, 1, 6)
    assert [job.job_id for job in print_jobs.open_jobs(db, 2)] == ["unknown", "amid"]


def count_day(db: Connection, day: int) -> None:
    db.execute("INSERT INTO counted_day (day, date, at, journal_seq) VALUES (?, '', 0, 0)", (day,))


def test_only_old_done_jobs_are_deleted(db: Connection) -> None:
    for job_id, day in (("old", 1), ("older", 2), ("waits", 3), ("new", 4)):
        count_day(db, day)
        add(db, job_id)
        if job_id != "waits":
            print_jobs.begin(db, job_id, 1)
            end(db, job_id, JobState.PRINTED)
    assert print_jobs.prune(db, until_day=3, limit=1) == 1
    assert print_jobs.prune(db, until_day=3, limit=10) == 1
    assert [job.job_id for job in print_jobs.done_jobs(db, 10)] == ["new"]
    assert found(db, "waits")[0].state is JobState.QUEUED


def test_papers_that_nobody_asked_after_are_forgotten_like_the_others(db: Connection) -> None:
    for job_id, day in (("old", 1), ("new", 2)):
        count_day(db, day)
        add(db, job_id)
        print_jobs.begin(db, job_id, 1)
        end(db, job_id, JobState.UNKNOWN)
    assert print_jobs.prune(db, until_day=1, limit=10) == 1
    assert [one.job_id for one in print_jobs.open_jobs(db, 10)] == ["new"]


def test_looking_for_the_next_job_does_not_search_what_is_done(db: Connection) -> None:
    plan = db.execute(
        "EXPLAIN QUERY PLAN SELECT job_id FROM print_job "
        "WHERE state <> 'printed' AND state = 'queued' ORDER BY place LIMIT 1"
    ).fetchall()
    assert ["USING INDEX print_job_open" in row[3] for row in plan] == [True]
