"""Whether a sale can be recorded is found out by writing, seldom, and never waited for for long."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from agent.services.desk.store_desk import StoreDesk
from agent.services.house import recording
from agent.services.house.recording import Recording, RecordingStatus
from agent.store.sqlite import Connection
from tests.services.stopped_clock import StoppedClock

TIMEOUT_S = 10.0


class Ear:
    """Hears what changed."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[RecordingStatus] = asyncio.Queue()

    def hear(self, status: RecordingStatus) -> None:
        self._told.put_nowait(status)

    async def reason(self) -> str:
        """Return the reason told next; empty: it is possible again."""
        async with asyncio.timeout(TIMEOUT_S):
            return (await self._told.get()).reason


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def looked_after(
    desk: StoreDesk, clock: StoppedClock, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Recording]:
    monkeypatch.setattr(recording, "GAP_S", 0.01)
    monkeypatch.setattr(recording, "AGAIN_S", 0.05)
    found = Recording(desk.database, clock=clock, told=ear.hear)
    await found.start()
    yield found
    await found.stop()
    await found.join()


async def trials(desk: StoreDesk) -> bytes | None:
    """Return what tells one trial from the next."""

    def filler(db: Connection) -> bytes | None:
        row = db.execute("SELECT filler FROM recording_trial").fetchone()
        return row[0] if row else None

    return await desk.database.read(filler)


async def test_a_trial_is_a_write_that_is_on_disk(desk: StoreDesk, looked_after: Recording) -> None:
    assert (await looked_after.check()).possible
    assert await trials(desk) is not None


async def test_many_who_ask_cost_one_trial(desk: StoreDesk, looked_after: Recording) -> None:
    await looked_after.check()
    first = await trials(desk)
    for _ in range(50):
        await looked_after.check()
    assert await trials(desk) == first


async def test_who_asks_later_is_told_what_is_so_then(
    desk: StoreDesk, looked_after: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    await looked_after.check()
    first = await trials(desk)
    monkeypatch.setattr(recording, "FRESH_S", 0)
    await looked_after.check()
    assert await trials(desk) != first


async def test_a_writer_that_does_not_come_back_is_told_in_time_and_its_return_too(
    desk: StoreDesk, looked_after: Recording, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    await looked_after.check()
    monkeypatch.setattr(recording, "FRESH_S", 0)
    monkeypatch.setattr(recording, "PATIENCE_S", 0.05)
    disk = threading.Event()
    hanging = asyncio.create_task(desk.database.write(lambda _: disk.wait()))
    async with asyncio.timeout(TIMEOUT_S):
        found = await looked_after.check()
        assert (found.possible, found.reason) == (False, "writer_stuck")
        assert found.sentence is not None
        answering = asyncio.create_task(desk.database.answer())
        assert not (await asyncio.wait({answering}, timeout=0.05))[0]  # and no watchdog is fed
        disk.set()
        await asyncio.gather(hanging, answering)
    assert [await ear.reason(), await ear.reason()] == ["writer_stuck", ""]


@pytest.mark.parametrize("side", ["", "-wal"])
async def test_a_database_that_is_gone_from_its_place_takes_no_sale_for_good(
    desk: StoreDesk,
    looked_after: Recording,
    ear: Ear,
    monkeypatch: pytest.MonkeyPatch,
    side: str,
) -> None:
    await looked_after.check()
    monkeypatch.setattr(recording, "FRESH_S", 0)
    file = desk.database.path.with_name(desk.database.path.name + side)
    away = file.rename(file.with_name("elsewhere"))
    assert (await looked_after.check()).reason == "storage_moved"
    away.rename(file)
    assert [await ear.reason(), await ear.reason()] == ["storage_moved", ""]
