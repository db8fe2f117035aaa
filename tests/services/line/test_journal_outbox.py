"""The journal as sync sees it: what is not acknowledged, in order, and the trail back."""

import asyncio

import pytest

from agent.base.clock import Millis
from agent.domain.coupons.events import RedemptionReversed
from agent.domain.line.chain import line_hash
from agent.domain.line.events import EventKind
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.outbox import JournalOutbox
from agent.store.line import journal, parked, sync_state
from agent.store.sqlite import Connection
from sync.protocol.limits import MAX_TRAIL_POINTS
from sync.protocol.messages import Point, RowResult, RowState
from sync.protocol.position import ORIGIN


async def record(desk: StoreDesk, count: int) -> None:
    body = RedemptionReversed(redemption_id="r", coupon_id="c", why="退")

    def work(db: Connection) -> None:
        for _ in range(count):
            desk.record(
                db, EventKind.REDEMPTION_REVERSED, body, at=Millis(1), till="T1", cashier="C7"
            )

    await desk.database.write(work)


@pytest.fixture
def outbox(desk: StoreDesk) -> JournalOutbox:
    return JournalOutbox(desk)


async def test_lines_hash_to_the_journals_hashes(desk: StoreDesk, outbox: JournalOutbox) -> None:
    await record(desk, 5)
    lines = await outbox.read(2, 100, 1_000_000)
    assert len(lines) == 3
    hashes = [await outbox.hash_at(seq) for seq in (3, 4, 5)]
    assert [line_hash(line).hex() for line in lines] == hashes
    assert (await outbox.position()).last == Point(5, hashes[-1] or "")


async def test_a_batch_keeps_to_its_bytes_and_always_moves_on(
    desk: StoreDesk, outbox: JournalOutbox
) -> None:
    await record(desk, 5)
    line = len((await outbox.read(0, 1, 1))[0]) + 1
    assert len(await outbox.read(0, 100, 3 * line)) == 3
    assert len(await outbox.read(0, 100, 3 * line - 1)) == 2
    assert len(await outbox.read(0, 2, 1_000_000)) == 2
    assert len(await outbox.read(0, 100, 1)) == 1
    assert await outbox.read(5, 100, 1) == []


async def test_a_commit_wakes_who_waits_for_it(desk: StoreDesk, outbox: JournalOutbox) -> None:
    waiting = asyncio.create_task(outbox.wait_appended(0))
    await desk.database.write(lambda db: sync_state.heard(db, Millis(3), hq_version=""))
    assert not waiting.done()
    await record(desk, 1)
    async with asyncio.timeout(5):
        await waiting
        await outbox.wait_appended(0)


async def test_what_head_office_confirmed_is_kept(desk: StoreDesk, outbox: JournalOutbox) -> None:
    await record(desk, 5)
    through = Point(4, await outbox.hash_at(4) or "")
    results = [
        RowResult(seq=2, state=RowState.PARKED, code="unknown_kind"),
        RowResult(seq=3, state=RowState.DUPLICATE, code="known"),
    ]
    await outbox.acknowledge(through, backup_through=3, server_time=9, results=results)
    state = await desk.database.read(sync_state.get)
    assert (state.acked.seq, state.acked.hash.hex()) == (through.seq, through.hash)
    assert (state.backup_through, state.contact_at) == (3, 9)
    assert (await outbox.position()).acked == through
    assert await desk.database.read(parked.counts) == (1, 0)


async def test_a_new_epoch_goes_on_from_where_head_office_says(
    desk: StoreDesk, outbox: JournalOutbox
) -> None:
    await record(desk, 5)
    place = Point(2, await outbox.hash_at(2) or "")
    await outbox.enter_epoch(7, place)
    position = await outbox.position()
    assert (position.epoch, position.acked, position.last.seq) == (7, place, 5)


@pytest.mark.parametrize(
    ("events", "expected"),
    [(0, [0]), (1, [1, 0]), (2, [2, 1, 0]), (20, [20, 19, 17, 13, 5, 0])],
)
async def test_the_trail_goes_back_in_doubling_steps_to_the_origin(
    desk: StoreDesk, outbox: JournalOutbox, events: int, expected: list[int]
) -> None:
    await record(desk, events)
    trail = await outbox.trail()
    assert [point.seq for point in trail] == expected
    assert trail[-1] == ORIGIN
    assert all([point.hash == await outbox.hash_at(point.seq) for point in trail])
    assert len(trail) <= MAX_TRAIL_POINTS


async def test_the_trail_ends_with_the_place_of_what_was_deleted(
    desk: StoreDesk, outbox: JournalOutbox
) -> None:
    await record(desk, 20)
    through = Point(15, await outbox.hash_at(15) or "")
    await outbox.acknowledge(through, backup_through=15, server_time=9)
    await desk.database.write(lambda db: journal.prune(db, through=15, limit=15))
    assert [point.seq for point in await outbox.trail()] == [20, 19, 17, 15, 0]
