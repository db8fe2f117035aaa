"""The status is told when it changes, and looked at only while somebody listens."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from agent.base.clock import Millis
from agent.base.periodic import Periodic
from agent.services.desk.news import Item, Topic
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.status import LineStatus, StatusReport, StatusSource
from agent.services.house.status_watch import StatusWatch, Synced
from agent.store.line import sync_state
from agent.store.line.journal import Place
from tests.services.fleet import ALONE
from tests.services.hq_line import DOWN, RECORDS, WELL
from tests.services.stopped_clock import StoppedClock

LOOK_S = 0.01


class Line:
    """The line, and how often somebody looked at it."""

    def __init__(self) -> None:
        self.status = DOWN
        self.looks = 0
        self._looked = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def look(self) -> LineStatus:
        """Return the line's status; called by the thread that reads the database."""
        self.looks += 1
        self._loop.call_soon_threadsafe(self._looked.set)
        return self.status

    async def looked_at_again(self) -> None:
        """Return at the next look."""
        self._looked.clear()
        async with asyncio.timeout(10):
            await self._looked.wait()


@pytest.fixture
async def line() -> Line:
    return Line()


@pytest.fixture
async def watched(desk: StoreDesk, line: Line) -> AsyncIterator[StoreDesk]:
    source = StatusSource(
        desk,
        version="1",
        fleet=ALONE,
        recording=lambda: RECORDS,
        line=line.look,
        feed=lambda: WELL,
    )
    watch = Periodic(StatusWatch(source, desk.news).look, name="status watch", every_s=LOOK_S)
    watch.start()
    yield desk
    await watch.stop()


async def status(items: AsyncIterator[Item]) -> StatusReport:
    async with asyncio.timeout(10):
        item = await anext(items)
    assert isinstance(item.facts, StatusReport)
    return item.facts


async def test_a_change_of_the_line_is_told_and_the_mere_passing_of_time_is_not(
    watched: StoreDesk, line: Line, clock: StoppedClock
) -> None:
    with watched.news.listen(Topic.STATUS) as items:
        assert (await status(items)).line == DOWN
        clock.advance(3_000)
        line.status = msgspec.structs.replace(DOWN, next_try_in_ms=8_001)
        await line.looked_at_again()
        await line.looked_at_again()
        line.status = msgspec.structs.replace(DOWN, online=True)
        assert (await status(items)).line.online


async def test_what_head_office_confirmed_is_told(watched: StoreDesk) -> None:
    with watched.news.listen(Topic.SYNCED) as items, watched.news.listen(Topic.STATUS) as statuses:
        assert (await anext(items)).facts == Synced(acked_seq=0)
        await status(statuses)
        place = Place(7, bytes(32))
        await watched.database.write(
            lambda db: sync_state.acknowledge(db, place, backup_through=0, contact_at=Millis(1))
        )
        async with asyncio.timeout(10):
            assert (await anext(items)).facts == Synced(acked_seq=7)
        assert (await status(statuses)).acked_seq == 7


async def test_nobody_looks_while_nobody_listens(watched: StoreDesk, line: Line) -> None:
    for _ in range(10):
        await asyncio.sleep(LOOK_S)
    assert line.looks == 0
    with watched.news.listen(Topic.STATUS) as items:
        assert (await status(items)).line == DOWN


async def test_each_who_begins_to_listen_is_told_anew(watched: StoreDesk, line: Line) -> None:
    for _ in range(2):
        with watched.news.listen(Topic.STATUS) as items:
            await status(items)
        for _ in range(10):
            await asyncio.sleep(LOOK_S)
