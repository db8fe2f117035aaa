"""The spool: each job on paper once or marked unknown, in order, whatever the printer does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Never

import msgspec
import pytest

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from agent.domain.printing.letterhead import Letterhead
from agent.domain.printing.printout import Printout, Text
from agent.services.desk.news import Topic
from agent.services.desk.stationery import Stationery
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.sure_past import SURE_AFTER_MS
from agent.services.printing.enqueue import enqueue
from agent.services.printing.papers import PaperQueue
from agent.services.printing.spool import GIVEN_UP, INTERRUPTED, TOO_OLD_MS, UNCONFIRMED, Spool
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import JobKind, JobState, PrintJob
from agent.store.sqlite import Connection
from drivers.errors import DeviceError, NotReadyError, UnsureError
from drivers.ports import PrintResult
from tests.services.printing.press import PaperPress
from tests.services.stopped_clock import StoppedClock

TIMEOUT_S = 5.0


@pytest.fixture
def press() -> PaperPress:
    return PaperPress()


@pytest.fixture
def printing_desk(desk: StoreDesk) -> StoreDesk:
    stationery = Stationery(
        letterhead=Letterhead(store=desk.store, zone=desk.time.zone),
        columns=48,
        printer="fake",
        is_online=lambda: True,
    )
    return StoreDesk(
        store=desk.store,
        database=desk.database,
        time=desk.time,
        trust=desk.trust,
        papers=PaperQueue(stationery, store=desk.name),
    )


@asynccontextmanager
async def running(desk: StoreDesk, press: PaperPress) -> AsyncIterator[Spool]:
    spool = Spool(desk, press)
    spool.start()
    try:
        yield spool
    finally:
        press.goes_on.set()
        await spool.stop()


async def ask(desk: StoreDesk, words: str, *, copy: int = 0, subject: str = "") -> str:
    """Queue a paper that says `words`; return the job's id."""
    printout = Printout(elements=(Text(text=words),))

    def work(db: Connection) -> str:
        at = desk.time.now()
        return enqueue(db, printout, JobKind.SALE, subject or words, title=words, at=at, copy=copy)

    return await desk.database.write(work)


async def look(desk: StoreDesk, job_id: str) -> PrintJob:
    found = await desk.database.read(lambda db: print_jobs.find(db, job_id))
    assert found is not None
    return found[0]


async def comes_to(desk: StoreDesk, job_id: str, holds: Callable[[PrintJob], bool]) -> PrintJob:
    """Return the job as soon as `holds` of it."""
    async with asyncio.timeout(TIMEOUT_S):
        with desk.news.listen() as news:
            job = await look(desk, job_id)
            while not holds(job):
                item = await anext(news)
                if item.topic is Topic.PRINT and item.facts.job_id == job_id:
                    job = item.facts
    return job


async def ends(desk: StoreDesk, job_id: str, state: JobState) -> PrintJob:
    """Return the job as soon as it is in `state`."""
    return await comes_to(desk, job_id, lambda job: job.state is state)


def failing(error: Exception) -> Callable[[], Never]:
    def fail() -> Never:
        raise error

    return fail


async def test_jobs_are_printed_in_order_and_once(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    desk = printing_desk
    jobs = [await ask(desk, words) for words in "abc"]
    async with running(desk, press):
        jobs.append(await ask(desk, "d"))
        for job_id in jobs:
            job = await ends(desk, job_id, JobState.PRINTED)
            assert (job.attempts, job.detail) == (1, "")
    assert press.papers == [["a"], ["b"], ["c"], ["d"]]


async def test_a_job_waits_while_the_printer_is_not_ready_and_goes_on_by_itself(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    desk = printing_desk
    press.before = failing(NotReadyError("no paper"))
    async with running(desk, press):
        job_id = await ask(desk, "a")
        waiting = await comes_to(desk, job_id, lambda job: job.detail == "no paper")
        assert waiting.state is JobState.QUEUED
        press.before = lambda: None
        press.change()
        await ends(desk, job_id, JobState.PRINTED)
    assert press.papers == [["a"]]


async def test_an_absent_printer_is_not_asked_and_costs_no_write(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    desk = printing_desk
    press.reachable = False
    press.before = failing(AssertionError("it was asked"))
    async with running(desk, press):
        job_id = await ask(desk, "a")
        await asyncio.sleep(0)
        assert (await look(desk, job_id)).attempts == 0
        press.before, press.reachable = lambda: None, True
        press.change()
        assert (await ends(desk, job_id, JobState.PRINTED)).attempts == 1


async def test_a_job_that_broke_off_is_unknown_and_not_printed_again_by_itself(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    desk = printing_desk
    press.amid = failing(UnsureError("the cable was pulled"))
    async with running(desk, press):
        job_id = await ask(desk, "a")
        job = await ends(desk, job_id, JobState.UNKNOWN)
        assert job.detail == "the cable was pulled"
        press.amid = lambda: None
        press.change()
        await ends(desk, await ask(desk, "b"), JobState.PRINTED)
    async with running(desk, press):
        await ends(desk, await ask(desk, "c"), JobState.PRINTED)
        assert (await look(desk, job_id)).state is JobState.UNKNOWN
    assert press.papers == [["a"], ["b"], ["c"]]


async def test_what_was_amid_when_the_agent_died_is_unknown_afterwards(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    desk = printing_desk
    job_id = await ask(desk, "a")
    await desk.database.write(lambda db: print_jobs.begin(db, job_id, 1))
    async with running(desk, press):
        assert (await ends(desk, job_id, JobState.UNKNOWN)).detail == INTERRUPTED
        assert press.told_of_remains == 1
        await ends(desk, await ask(desk, "b"), JobState.PRINTED)
    assert press.papers == [["b"]]


async def test_a_job_being_sent_is_finished_when_the_agent_stops(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    desk = printing_desk
    press.goes_on.clear()
    async with running(desk, press) as spool:
        first, second = await ask(desk, "a"), await ask(desk, "b")
        await press.taken.wait()
        stopping = asyncio.create_task(spool.stop())
        await asyncio.sleep(0)
        press.goes_on.set()
        await stopping
    assert (await look(desk, first)).state is JobState.PRINTED
    assert (await look(desk, second)).state is JobState.QUEUED
    assert press.papers == [["a"]]


async def test_a_printer_that_can_not_confirm_leaves_it_said(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    press.result, press.words = PrintResult.SENT, "it never answers"
    async with running(printing_desk, press):
        job = await ends(printing_desk, await ask(printing_desk, "a"), JobState.PRINTED)
    assert job.detail == f"{UNCONFIRMED}: it never answers"


@pytest.mark.parametrize("error", [DeviceError("no such command"), ValueError("too wide")])
async def test_what_can_not_be_printed_fails_and_stands_in_nobody_s_way(
    printing_desk: StoreDesk, press: PaperPress, error: Exception
) -> None:
    desk = printing_desk
    press.before = failing(error)
    async with running(desk, press):
        job = await ends(desk, await ask(desk, "a"), JobState.FAILED)
        assert job.detail == str(error)
        press.before = lambda: None
        await ends(desk, await ask(desk, "b"), JobState.PRINTED)


async def test_a_driver_that_fails_in_a_way_of_its_own_leaves_the_job_unknown(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    desk = printing_desk
    press.amid = failing(KeyError("oops"))
    async with running(desk, press):
        await ends(desk, await ask(desk, "a"), JobState.UNKNOWN)
        press.amid = lambda: None
        await ends(desk, await ask(desk, "b"), JobState.PRINTED)
    assert press.papers == [["a"], ["b"]]


async def test_a_copy_says_on_paper_that_it_is_one(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    desk = printing_desk
    async with running(desk, press):
        await ends(desk, await ask(desk, "a", copy=2), JobState.PRINTED)
    assert press.papers == [["补打 第2次 REPRINT", "补打时间 2026-01-01 12:00:00", "a"]]


async def test_what_waited_half_a_day_for_the_printer_is_given_up(
    printing_desk: StoreDesk, press: PaperPress, clock: StoppedClock
) -> None:
    desk = printing_desk
    press.reachable = False
    old = await ask(desk, "a")
    clock.advance(TOO_OLD_MS + HOUR_MS)
    new = await ask(desk, "b")
    async with running(desk, press):
        clock.advance(SURE_AFTER_MS)
        press.change()
        assert (await ends(desk, old, JobState.FAILED)).detail == GIVEN_UP
        press.reachable = True
        press.change()
        await ends(desk, new, JobState.PRINTED)
    assert press.papers == [["b"]]


async def test_a_clock_that_is_far_ahead_for_a_moment_gives_no_paper_up(
    printing_desk: StoreDesk, press: PaperPress, clock: StoppedClock
) -> None:
    desk = printing_desk
    press.reachable = False
    job_id = await ask(desk, "a")
    right = clock.now
    async with running(desk, press):
        desk.time.heard(Millis(right + 365 * DAY_MS))
        for _ in range(3):
            await press.is_asked_again()
        desk.time.heard(right)
        press.reachable = True
        press.change()
        await ends(desk, job_id, JobState.PRINTED)


async def test_a_paper_that_can_not_be_read_back_is_failed_not_repeated(
    printing_desk: StoreDesk, press: PaperPress
) -> None:
    desk = printing_desk
    job_id = await ask(desk, "a")
    await desk.database.write(
        lambda db: db.execute("UPDATE print_job SET printout = ?", (b'{"elements":7}',))
    )
    async with running(desk, press):
        await ends(desk, job_id, JobState.FAILED)
        await ends(desk, await ask(desk, "b"), JobState.PRINTED)
    assert press.papers == [["b"]]


async def test_an_interrupted_spool_that_forgot_to_say_so_first_would_print_twice(
    printing_desk: StoreDesk, press: PaperPress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without the mark on disk before the first byte, a crash doubles a receipt."""
    desk = printing_desk
    monkeypatch.setattr(print_jobs, "begin", lambda *_: True)
    press.goes_on.clear()
    job_id = await ask(desk, "a")
    spool = Spool(desk, press)
    spool.start()
    await press.taken.wait()
    assert spool._task is not None
    spool._task.cancel()
    await asyncio.gather(spool._task, return_exceptions=True)
    monkeypatch.undo()
    press.goes_on.set()
    async with running(desk, press):
        await ends(desk, job_id, JobState.PRINTED)
    assert press.papers == [["a"], ["a"]]


def test_a_printout_survives_the_spool_unchanged() -> None:
    paper = Printout(elements=(Text(text="大米", bold=True),), watermark="培训 TRAINING")
    assert msgspec.json.decode(msgspec.json.encode(paper), type=Printout) == paper
    assert Millis(TOO_OLD_MS) == 12 * HOUR_MS
