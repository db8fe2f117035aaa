"""A damaged database is set aside untouched, and the tills sell on: real files, really damaged."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.domain.selling.receipt import UNGREETED
from agent.services.house.healing import tell_the_start
from agent.store.house import quarantine
from agent.store.house.wal import look_at
from agent.store.line import journal, sync_state
from agent.store.sqlite import connect
from tests.services.cash.money import sold
from tests.services.chain import BOUND, Chain
from tests.services.house.store_on_disk import PAGE, StoreOnDisk
from tests.services.stopped_clock import StoppedClock


@pytest.fixture
def store(chain: Chain, clock: StoppedClock, tmp_path: Path) -> StoreOnDisk:
    return StoreOnDisk(chain, clock, tmp_path / "state")


def empty(store: StoreOnDisk) -> None:
    store.file.write_bytes(b"")


def cut_off(store: StoreOnDisk) -> None:
    os.truncate(store.file, store.file.stat().st_size // 2 // PAGE * PAGE)


def cut_within_a_page(store: StoreOnDisk) -> None:
    os.truncate(store.file, store.file.stat().st_size // 2 // PAGE * PAGE + 100)


def no_database(store: StoreOnDisk) -> None:
    store.file.write_bytes(os.urandom(store.file.stat().st_size))


def header_gone(store: StoreOnDisk) -> None:
    store.spoil(0)


def all_but_the_first_page(store: StoreOnDisk) -> None:
    store.spoil(*range(1, store.file.stat().st_size // PAGE))


def changed_event(store: StoreOnDisk) -> None:
    db = connect(str(store.file))
    db.execute("UPDATE journal SET occurred_at = occurred_at + 1 WHERE seq = 2")
    db.close()


@pytest.mark.parametrize(
    "damage",
    [
        empty,
        cut_off,
        cut_within_a_page,
        no_database,
        header_gone,
        all_but_the_first_page,
        changed_event,
    ],
)
async def test_a_damaged_database_is_set_aside_as_it_is_and_the_till_sells_on(
    store: StoreOnDisk, damage: Callable[[StoreOnDisk], None]
) -> None:
    receipts = await store.worked(3)
    damage(store)
    before = hashlib.sha256(store.file.read_bytes()).digest()

    async with store.opened() as desk:
        receipt = await store.sell(desk)
        assert receipt not in receipts
        assert int(receipt.rpartition("-")[2]) > UNGREETED
        state = await desk.database.read(sync_state.get)

    (aside,) = quarantine.listed(store.state_dir)
    assert not aside.recovered
    kept = Path(aside.directory) / store.file.name
    assert hashlib.sha256(kept.read_bytes()).digest() == before
    assert (state.anew, state.epoch, state.cursor) == (True, 0, "")


async def test_the_installation_stays_the_same_also_when_the_file_can_t_tell(
    store: StoreOnDisk,
) -> None:
    await store.worked(1)
    async with store.opened() as desk:
        before = (await desk.database.read(sync_state.get)).install_id
    empty(store)
    async with store.opened() as desk:
        assert (await desk.database.read(sync_state.get)).install_id == before
    store.file.unlink()
    async with store.opened() as desk:
        state = await desk.database.read(sync_state.get)
    assert (state.install_id, state.anew) == (before, True)


async def test_what_can_be_read_is_taken_over_so_that_the_till_works_without_the_line(
    store: StoreOnDisk, chain: Chain
) -> None:
    await store.worked(1)
    code = chain.token(BOUND)
    async with store.opened() as desk:
        await sold(desk, pay=10_680, coupons=[code])
        first = await store.sell(desk, key="the POS did not hear the answer")
    changed_event(store)

    async with store.opened() as desk:
        assert await store.sell(desk, key="the POS did not hear the answer") == first
        with pytest.raises(AssertionError):
            await sold(desk, pay=10_680, coupons=[code])


async def test_a_new_store_is_no_damaged_one(store: StoreOnDisk) -> None:
    async with store.opened() as desk:
        assert not (await desk.database.read(sync_state.get)).anew
    assert quarantine.listed(store.state_dir) == []


async def test_a_power_cut_is_no_damage(store: StoreOnDisk) -> None:
    receipts = await store.worked(1) + await store.crashed(3)
    async with store.opened() as desk:
        state = await desk.database.read(sync_state.get)
        assert (await desk.database.read(journal.tip)).seq == len(receipts)
    assert not state.anew
    assert quarantine.listed(store.state_dir) == []


async def test_a_wal_that_is_gone_makes_the_store_introduce_itself_anew(store: StoreOnDisk) -> None:
    await store.worked(2)
    lost = await store.crashed(3)
    store.file.with_name("store.db-wal").unlink()

    async with store.opened() as desk:
        state = await desk.database.read(sync_state.get)
        assert (await desk.database.read(journal.tip)).seq == 2
        assert await store.sell(desk) not in lost
    assert state.anew
    assert len(quarantine.listed(store.state_dir)) == 1


@pytest.mark.parametrize("place", [8, 40, 32 + 24 + PAGE + 100])
async def test_a_wal_gone_wrong_is_kept_and_the_store_introduces_itself_anew(
    store: StoreOnDisk, place: int
) -> None:
    await store.worked(2)
    lost = await store.crashed(4)
    wal = store.file.with_name("store.db-wal")
    damaged = bytearray(wal.read_bytes())
    damaged[place] ^= 0xFF
    wal.write_bytes(damaged)

    async with store.opened() as desk:
        state = await desk.database.read(sync_state.get)
        assert (await desk.database.read(journal.tip)).seq < 6
        assert await store.sell(desk) not in lost
    assert state.anew
    (kept,) = quarantine.listed(store.state_dir)
    assert (Path(kept.directory) / wal.name).read_bytes() == damaged


async def test_a_wal_that_ends_amid_a_commit_is_right(store: StoreOnDisk) -> None:
    await store.worked(1)
    await store.crashed(4)
    wal = store.file.with_name("store.db-wal")
    whole = look_at(wal)
    os.truncate(wal, wal.stat().st_size - PAGE // 2)
    cut = look_at(wal)
    assert (whole.why, cut.why, whole.lost_commits, cut.lost_commits) == ("", "", 0, 0)
    assert cut.commits == whole.commits - 1 >= 3


async def test_what_the_night_found_is_set_aside_at_the_next_start(store: StoreOnDisk) -> None:
    receipts = await store.worked(2)
    tell_the_start(store.state_dir, "page 7 is damaged")
    async with store.opened() as desk:
        assert await store.sell(desk) not in receipts
    (aside,) = quarantine.listed(store.state_dir)
    assert aside.why == "page 7 is damaged"
    async with store.opened():
        pass
    assert len(quarantine.listed(store.state_dir)) == 1
