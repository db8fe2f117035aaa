"""A poll that brings nothing is known at once and written seldom; a crash makes more careful."""

import shutil
from pathlib import Path

import pytest

from agent.base.clock import DAY_MS, MINUTE_MS, SECOND_MS, Millis
from agent.services.coupons.same_code import SameCode
from agent.services.desk.contact import KEPT_EVERY_MS
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.services.selling.scan import Scan, scan
from agent.store.line import sync_state
from agent.store.line.sync_state import SyncState
from sync.protocol.messages import ChangesPage
from tests.services.chain import CHAIN_WIDE, Chain
from tests.services.feed import change, page
from tests.services.house.store_on_disk import StoreOnDisk
from tests.services.stopped_clock import NOON, StoppedClock

POLL_MS = 10 * SECOND_MS


@pytest.fixture
def store(chain: Chain, clock: StoppedClock, tmp_path: Path) -> StoreOnDisk:
    return StoreOnDisk(chain, clock, tmp_path / "state")


async def written(desk: StoreDesk) -> SyncState:
    return await desk.database.read(sync_state.get)


async def known(desk: StoreDesk) -> SyncState:
    return desk.contact.of(await written(desk))


def writes(desk: StoreDesk) -> int:
    return desk.database.figures.seconds.buckets()[-1][1]


async def polled(desk: StoreDesk, clock: StoppedClock, polls: int = 1) -> None:
    applier = ChangeApplier(desk)
    for _ in range(polls):
        clock.advance(POLL_MS)
        await applier.apply(page(at=clock.now))


async def test_an_hour_of_polls_that_bring_nothing_is_a_handful_of_writes(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    await polled(desk, clock)
    before = writes(desk)
    for _ in range(360):
        await polled(desk, clock)
        assert ((await known(desk)).contact_at, (await known(desk)).feed_at) == (clock.now,) * 2
        assert 0 <= clock.now - (await written(desk)).feed_at <= KEPT_EVERY_MS
    assert writes(desk) - before <= 6


@pytest.mark.parametrize(
    "news",
    [
        page(change("lottery", a=1), at=NOON + 1),
        page(cursor="2", at=NOON + 1),
        page(cursor="2", more=True, at=NOON + 1),
    ],
    ids=["a change", "a place", "more to come"],
)
async def test_whatever_a_poll_brings_is_written_at_once(
    desk: StoreDesk, news: ChangesPage
) -> None:
    await ChangeApplier(desk).apply(page(at=NOON))
    before = writes(desk)
    await ChangeApplier(desk).apply(news)
    assert writes(desk) == before + 1
    assert (await written(desk)).cursor == news.cursor


async def test_a_stop_writes_down_what_polls_did_not(desk: StoreDesk, clock: StoppedClock) -> None:
    await polled(desk, clock, 3)
    assert (await written(desk)).feed_at < clock.now
    await ChangeApplier(desk).keep_contact()
    state = await written(desk)
    assert (state.contact_at, state.feed_at) == (clock.now, clock.now)
    before = writes(desk)
    await ChangeApplier(desk).keep_contact()
    assert writes(desk) == before


async def test_a_past_that_is_due_makes_the_feed_incomplete_whatever_was_polled(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    await polled(desk, clock, 3)
    await desk.database.write(
        lambda db: sync_state.hear_of_past(db, receipts_after=0, shifts_after=0, past_of=2)
    )
    assert (await known(desk)).feed_at == 0
    await polled(desk, clock)
    assert (await known(desk)).feed_at == 0
    await desk.database.write(lambda db: sync_state.heard_past(db, 2))
    await polled(desk, clock)
    assert (await written(desk)).feed_at == clock.now
    assert await desk.database.read(sync_state.is_told_all)


async def test_a_clock_of_head_office_that_was_ahead_is_not_remembered(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    applier = ChangeApplier(desk)
    for ahead in (0, 5 * MINUTE_MS, 365 * DAY_MS, 365 * DAY_MS + MINUTE_MS):
        await applier.apply(page(at=clock.now + ahead))
    await polled(desk, clock)
    state = await known(desk)
    assert (state.contact_at, state.feed_at) == (clock.now, clock.now)


async def test_what_head_office_acknowledges_is_a_contact_of_its_own(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    await polled(desk, clock, 3)
    feed_at = clock.now
    clock.advance(MINUTE_MS)
    outbox = JournalOutbox(desk)
    place = (await outbox.position()).last
    await outbox.acknowledge(place, backup_through=0, server_time=clock.now)
    state = await known(desk)
    assert (state.contact_at, state.feed_at) == (clock.now, feed_at)


async def age_of_contact(desk: StoreDesk) -> int:
    return desk.time.now() - (await known(desk)).contact_at


async def test_after_a_power_cut_and_a_clock_set_back_a_coupon_refused_for_silence_stays_refused(
    store: StoreOnDisk, clock: StoppedClock
) -> None:
    await store.worked(1)
    async with store.opened() as desk:
        for _ in range(5):
            clock.advance(MINUTE_MS)
            await ChangeApplier(desk).apply(page(at=clock.now))
        clock.advance(4 * DAY_MS)
        silent_ms = await age_of_contact(desk)
        assert silent_ms == 4 * DAY_MS
        code = Scan(code=store.chain.token(CHAIN_WIDE, store=None))
        refused = (await scan(desk, code, SameCode())).verdict
        assert refused is not None
        assert not refused.outcome.is_accepted
        shutil.copytree(store.state_dir, store.state_dir.with_name("as-cut"))
    shutil.rmtree(store.state_dir)
    store.state_dir.with_name("as-cut").rename(store.state_dir)
    clock.now = Millis(clock.now - 4 * DAY_MS)
    async with store.opened() as desk:
        assert silent_ms <= await age_of_contact(desk) <= silent_ms + KEPT_EVERY_MS
        again = (await scan(desk, code, SameCode())).verdict
        assert again is not None
        assert again.reason is refused.reason
