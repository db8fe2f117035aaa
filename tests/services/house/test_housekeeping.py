"""Deleting what need not be kept, and nothing else."""

from functools import partial

from agent.base.clock import DAY_MS, Millis
from agent.domain.printing.printout import Printout
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.housekeeping import IDEMPOTENCY_DAYS, Housekeeping
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.services.printing.enqueue import enqueue
from agent.store.coupons import handouts
from agent.store.line import journal
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import JobKind, JobState
from agent.store.sqlite import Connection
from sync.protocol.messages import Point
from tests.services.cash.money import sell_colas
from tests.services.chain import STORE, Chain
from tests.services.days import live_through
from tests.services.stopped_clock import StoppedClock


async def acknowledge_all(desk: StoreDesk) -> None:
    outbox = JournalOutbox(desk)
    seq = (await desk.database.read(journal.tip)).seq
    through = Point(seq, await outbox.hash_at(seq) or "")
    await outbox.acknowledge(through, backup_through=seq, server_time=desk.time.now())


async def test_only_old_confirmed_backed_up_events_and_old_answers_go(
    chain: Chain, desk: StoreDesk, clock: StoppedClock
) -> None:
    await ChangeApplier(desk).apply(chain.page())
    house = Housekeeping(desk, retention_days=90)
    for quantity in (1, 2, 3):
        await sell_colas(desk, quantity)
    outbox = JournalOutbox(desk)
    through = Point(2, await outbox.hash_at(2) or "")
    await outbox.acknowledge(through, backup_through=2, server_time=clock.now)
    assert await house.prune() == 0

    await live_through(desk, clock, IDEMPOTENCY_DAYS + 1)
    assert await house.prune() == 3
    assert await desk.database.read(lambda db: journal.verify(db, STORE)) == 3

    await live_through(desk, clock, 60)
    assert await house.prune() == 2
    assert await desk.database.read(lambda db: journal.verify(db, STORE)) == 1
    assert (await desk.database.read(journal.tip)).seq == 3
    await sell_colas(desk, 3)
    assert (await desk.database.read(journal.tip)).seq == 4


async def test_papers_are_forgotten_with_the_events_that_they_tell_of(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    house = Housekeeping(desk, retention_days=90)
    desk.time.heard(clock.now)

    def queue(db: Connection, job_id: str, *, printed: bool) -> None:
        at = desk.time.now()
        enqueued = enqueue(db, Printout(elements=()), JobKind.SALE, job_id, title="", at=at)
        if printed:
            print_jobs.end(db, enqueued, JobState.PRINTED, detail="", at=at)

    for subject, printed in (("old", True), ("unknown", False)):
        await desk.database.write(partial(queue, job_id=subject, printed=printed))
    await live_through(desk, clock, 91)
    await desk.database.write(partial(queue, job_id="new", printed=True))
    assert await house.prune() == 1
    left = await desk.database.read(
        lambda db: (*print_jobs.open_jobs(db, 10), *print_jobs.done_jobs(db, 10))
    )
    assert [job.subject for job in left] == ["unknown", "new"]


async def test_a_checkpoint_leaves_the_journal_as_it_is(chain: Chain, desk: StoreDesk) -> None:
    await ChangeApplier(desk).apply(chain.page())
    await sell_colas(desk, 1)
    await Housekeeping(desk, retention_days=90).checkpoint()
    assert await desk.database.read(lambda db: journal.verify(db, STORE)) == 1


async def test_a_clock_of_head_office_that_is_far_off_for_a_moment_deletes_nothing_for_good(
    chain: Chain, desk: StoreDesk, clock: StoppedClock
) -> None:
    await ChangeApplier(desk).apply(chain.page())
    await live_through(desk, clock, 100)
    house = Housekeeping(desk, retention_days=90)
    await house.prune()
    coupon = handouts.Handout(
        coupon_id="c", campaign=1, token="t", from_fen=0, expires=Millis(clock.now + DAY_MS)
    )
    await desk.database.write(lambda db: handouts.put(db, coupon))
    for sales, off in enumerate((0, -400 * DAY_MS, 0, 365 * DAY_MS, 0), start=1):
        desk.time.heard(Millis(clock.now + off))
        await sell_colas(desk, sales)
        await acknowledge_all(desk)
        assert await house.prune() == 0
    kept = "SELECT (SELECT count(*) FROM idempotency), (SELECT count(*) FROM handout)"
    assert await desk.database.read(lambda db: db.execute(kept).fetchone()) == (5, 1)
    assert await desk.database.read(lambda db: journal.verify(db, STORE)) == 5
