"""The night's work: a process of its own that checks everything and backs it up."""

import asyncio
from functools import partial
from pathlib import Path

import msgspec
import pytest

from agent.ops.backup.keys import make_key
from agent.ops.backup.nightly import FoundDamagedError, Nightly
from agent.services.house.calendar import NotDoneError
from agent.services.house.mending import mend_tables
from agent.services.house.status import backup_status
from agent.services.line.apply_changes import ChangeApplier
from agent.settings import BackupSection
from agent.store.coupons import redemptions
from agent.store.house import quarantine
from agent.store.line import journal, sync_state
from agent.store.selling import articles
from agent.store.sqlite import connect
from tests.ops.backup.mending import unmended
from tests.services.chain import COLA, COLA_FEN, REVOKED_COUPON, STORE, Chain
from tests.services.house.store_on_disk import StoreOnDisk
from tests.services.stopped_clock import StoppedClock


@pytest.fixture
def store(chain: Chain, clock: StoppedClock, tmp_path: Path) -> StoreOnDisk:
    return StoreOnDisk(chain, clock, tmp_path / "state")


async def test_the_night_checks_the_journal_also_where_no_backup_is_set_up(
    store: StoreOnDisk,
) -> None:
    await store.worked(2)
    await Nightly(store.settings, mend=unmended, settle_s=0).work()
    status = backup_status(store.state_dir, configured=False)
    assert status.checked_at is not None
    assert status.last_good_at is None


async def test_the_night_backs_up_and_tells_why_it_did_not(
    store: StoreOnDisk, tmp_path: Path
) -> None:
    target = tmp_path / "disk"
    section = BackupSection(
        target=str(target), recipients=(make_key(tmp_path / "key"),), must_be_mounted=False
    )
    settings = msgspec.structs.replace(store.settings, backup=section)
    nightly = Nightly(settings, mend=unmended, settle_s=0)
    async with store.opened() as desk:
        await store.sell(desk)
        with pytest.raises(NotDoneError):
            await nightly.work()
        assert backup_status(store.state_dir, configured=True).last_error == "target_missing"
        target.mkdir()
        await nightly.work()
    status = backup_status(store.state_dir, configured=True)
    assert (status.last_error, status.last_good_seq) == ("", 1)


async def test_damage_found_at_night_ends_the_agent_and_the_next_start_sets_it_aside(
    store: StoreOnDisk,
) -> None:
    """In old events, which no start looks at, as in this index."""
    await store.worked(2)
    nightly = Nightly(store.settings, mend=unmended, settle_s=0)
    told = asyncio.create_task(nightly.join())
    async with store.opened() as desk:
        await desk.database.write(
            lambda db: db.execute("UPDATE journal SET cashier = 'X' WHERE seq = 1") and None
        )
        with pytest.raises(NotDoneError):
            await nightly.work()
        with pytest.raises(FoundDamagedError):
            await told
    async with store.opened() as desk:
        await store.sell(desk)
    (aside,) = quarantine.listed(store.state_dir)
    assert "is damaged" in aside.why


async def test_a_price_that_the_disk_changed_is_found_at_night_and_told_again_by_head_office(
    store: StoreOnDisk,
) -> None:
    await store.worked(2)
    db = connect(str(store.file))  # nothing keeps the digests here, as of a disk
    db.execute("UPDATE article SET price_fen = price_fen + 256 WHERE sku = ?", (COLA,))
    db.execute("UPDATE document SET version = version + 64")
    db.execute("DELETE FROM coupon_state WHERE state = 'revoked'")
    db.close()
    async with store.opened() as desk:
        tip = await desk.database.read(journal.tip)
        nightly = Nightly(store.settings, mend=partial(mend_tables, desk), settle_s=0)
        await nightly.work()
        state = await desk.database.read(sync_state.get)
        assert (state.cursor, await desk.database.read(journal.tip)) == ("", tip)

        await ChangeApplier(desk).apply(store.chain.page())
        held = await desk.database.read(lambda db: articles.articles(db, [COLA]))
        revoked = await desk.database.read(
            lambda db: redemptions.standing(db, STORE, REVOKED_COUPON).revoked
        )
        assert (held[COLA].price_fen, revoked) == (COLA_FEN, True)
        versions = await desk.database.read(
            lambda db: db.execute("SELECT max(version) FROM document").fetchone()[0]
        )
        assert versions == 1
        await Nightly(store.settings, mend=unmended, settle_s=0).work()


async def test_a_last_contact_that_the_disk_changed_makes_nothing_seem_fresh(
    store: StoreOnDisk,
) -> None:
    await store.worked(2)
    db = connect(str(store.file))
    db.execute("UPDATE sync_state SET contact_at = contact_at + (1 << 40), feed_at = feed_at + 7")
    db.close()
    async with store.opened() as desk:
        nightly = Nightly(store.settings, mend=partial(mend_tables, desk), settle_s=0)
        await nightly.work()
        state = await desk.database.read(sync_state.get)
        assert (state.contact_at, state.feed_at, state.cursor) == (0, 0, "")
        await Nightly(store.settings, mend=unmended, settle_s=0).work()
