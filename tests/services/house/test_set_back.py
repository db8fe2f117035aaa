"""Files of the store that are gone, cut, older or of two times: real ones, copied as people do."""

import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.base.clock import DAY_MS, Millis
from agent.domain.printing.report import place_of
from agent.domain.selling.receipt import UNGREETED
from agent.ops.outbox import OnPaper, verify_journal
from agent.services.coupons.same_code import SameCode
from agent.services.selling.scan import Scan, scan
from agent.state_dir import ANCHOR_FILE, INSTALLATION_FILE
from agent.store.house import anchor, quarantine
from agent.store.house.wal import HEADER_BYTES
from agent.store.line import journal, sync_state
from agent.store.sqlite import connect
from tests.services.chain import BOUND, STORE, Chain
from tests.services.house.store_on_disk import PAGE, StoreOnDisk
from tests.services.stopped_clock import StoppedClock

FRAME_BYTES = 24 + PAGE


@pytest.fixture
def store(chain: Chain, clock: StoppedClock, tmp_path: Path) -> StoreOnDisk:
    return StoreOnDisk(chain, clock, tmp_path / "state")


def wal_of(store: StoreOnDisk) -> Path:
    return store.file.with_name("store.db-wal")


async def test_the_anchor_follows_each_commit_while_the_agent_works(store: StoreOnDisk) -> None:
    async with store.opened() as desk:
        await store.sell(desk)
        tip = await desk.database.read(journal.tip)
        while (found := anchor.read(store.state_dir, STORE)) is None or found.place != tip:
            await desk.database.answer()  # the loop turns meanwhile
    assert found.seq == 1


async def wal_gone(store: StoreOnDisk) -> None:
    await store.crashed(4)
    wal_of(store).unlink()


async def wal_cut_between_commits(store: StoreOnDisk) -> None:
    await store.crashed(4)
    os.truncate(wal_of(store), HEADER_BYTES + 2 * FRAME_BYTES)


async def older_database(store: StoreOnDisk) -> None:
    older = store.file.read_bytes()
    await store.worked(4)
    store.file.write_bytes(older)


async def end_taken_off(store: StoreOnDisk) -> None:
    """Without a trace in the tables, too."""
    await store.worked(4)
    db = connect(str(store.file))
    db.execute("DELETE FROM sale WHERE seq > 2")
    db.execute("DELETE FROM journal WHERE seq > 2")
    db.execute("UPDATE receipt_counter SET last_no = 2")
    db.close()


SET_BACK = (wal_gone, wal_cut_between_commits, older_database, end_taken_off)


@pytest.mark.parametrize("set_back", SET_BACK)
async def test_a_database_behind_its_anchor_gives_no_number_again_and_says_so(
    store: StoreOnDisk, set_back: Callable[[StoreOnDisk], Awaitable[None]]
) -> None:
    given = await store.worked(2)
    await set_back(store)
    kept_before = store.file.read_bytes()

    async with store.opened() as desk:
        state = await desk.database.read(sync_state.get)
        receipt = await store.sell(desk)
    assert receipt not in given
    assert int(receipt.rpartition("-")[2]) > UNGREETED
    assert (state.anew, state.epoch) == (True, 0)
    (note,) = quarantine.listed(store.state_dir)
    assert (Path(note.directory) / store.file.name).read_bytes() == kept_before
    async with store.opened() as desk:  # it was told, and the anchor begins anew
        await store.sell(desk)
    assert len(quarantine.listed(store.state_dir)) == 1


@pytest.mark.parametrize("set_back", [older_database, end_taken_off])
async def test_control_without_the_anchor_nobody_notices(
    store: StoreOnDisk, set_back: Callable[[StoreOnDisk], Awaitable[None]]
) -> None:
    await store.worked(2)
    await set_back(store)
    (store.state_dir / ANCHOR_FILE).unlink()
    async with store.opened() as desk:
        assert not (await desk.database.read(sync_state.get)).anew
    assert quarantine.listed(store.state_dir) == []


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("emptied", [True, False])
async def test_a_wal_whose_database_is_gone_is_kept_and_not_overwritten(
    store: StoreOnDisk, known: bool, emptied: bool
) -> None:
    await store.worked(2)
    lost = await store.crashed(3)
    left = wal_of(store).read_bytes()
    store.file.unlink()
    if emptied:
        store.file.touch()
    if not known:
        (store.state_dir / INSTALLATION_FILE).unlink()
        (store.state_dir / ANCHOR_FILE).unlink()

    async with store.opened() as desk:
        assert await store.sell(desk) not in lost
    (aside,) = quarantine.listed(store.state_dir)
    assert (Path(aside.directory) / "store.db-wal").read_bytes() == left


@pytest.mark.parametrize("slot", [0, 1, None])
async def test_an_anchor_of_which_one_slot_is_damaged_holds_by_the_other(
    store: StoreOnDisk, slot: int | None
) -> None:
    await store.worked(2)
    file = store.state_dir / ANCHOR_FILE
    whole = anchor.read(store.state_dir, STORE)
    assert whole is not None
    content = bytearray(file.read_bytes())
    for spoiled in (0, 1) if slot is None else (slot,):
        content[spoiled * anchor.SLOT_BYTES + 40] ^= 1
    file.write_bytes(content)
    found = anchor.read(store.state_dir, STORE)
    if slot is None:
        assert found is None
    else:
        assert found is not None
        assert whole.written - found.written in (0, 1)
    assert await store.worked(1)
    assert quarantine.listed(store.state_dir) == []


async def test_an_anchor_that_is_a_link_is_replaced_and_its_target_untouched(
    store: StoreOnDisk, tmp_path: Path
) -> None:
    await store.worked(1)
    target = tmp_path / "somebody's"
    target.write_bytes(bytes(anchor.SLOTS * anchor.SLOT_BYTES))
    file = store.state_dir / ANCHOR_FILE
    file.unlink()
    file.symlink_to(target)
    await store.worked(1)
    assert not any(target.read_bytes())
    assert not file.is_symlink()


async def test_the_anchor_of_another_store_says_nothing_of_this_one(store: StoreOnDisk) -> None:
    (store.state_dir).mkdir(exist_ok=True)
    other = anchor.Anchor(store="MB099", written=9, seq=9, hash="00" * 32)
    anchor.write(store.state_dir, other)
    assert await store.worked(1)
    assert quarantine.listed(store.state_dir) == []


DIFFERENCES = (
    ("DELETE FROM journal WHERE seq > 2", "receipts 3 to 5 of till T1"),
    ("DELETE FROM journal WHERE seq > 2; DELETE FROM sale WHERE seq > 2", "receipt 5 of till T1"),
    ("DELETE FROM sale WHERE seq = 3", "is in no table"),
    ("UPDATE sale SET receipt_no = 77 WHERE seq = 3", "say otherwise"),
    ("UPDATE sale SET points_earned = points_earned + 1 WHERE seq = 3", "say otherwise"),
    ("UPDATE sale SET seq = 9 WHERE seq = 3", "come after it"),
    (
        "INSERT INTO sale SELECT sale_id || 'x', 2, till, 78, member_id, 0 FROM sale WHERE seq = 3",
        "without its event",
    ),
    (
        """INSERT INTO redemption (redemption_id, coupon_id, seq, till, receipt, occurred_at,
               at_risk, discount_fen) VALUES ('unknown', 'c', 3, 'T1', 'x', 1, 0, 1)""",
        "without its event",
    ),
)


@pytest.mark.parametrize(("change", "told"), DIFFERENCES)
async def test_tables_that_say_otherwise_than_the_journal_are_set_aside(
    store: StoreOnDisk, change: str, told: str
) -> None:
    given = await store.worked(5)
    db = connect(str(store.file))
    db.executescript(change)
    db.close()
    (store.state_dir / ANCHOR_FILE).unlink()  # found without it
    async with store.opened() as desk:
        assert await store.sell(desk) not in given
    (aside,) = quarantine.listed(store.state_dir)
    assert told in aside.why


async def test_the_files_as_they_were_are_enough_to_go_on(store: StoreOnDisk) -> None:
    """A whole directory that is copied away and back is no loss."""
    given = await store.worked(2)
    copy = store.state_dir.with_name("copy")
    shutil.copytree(store.state_dir, copy)
    shutil.rmtree(store.state_dir)
    copy.rename(store.state_dir)
    async with store.opened() as desk:
        assert await store.sell(desk) not in given
        assert not (await desk.database.read(sync_state.get)).anew
    assert quarantine.listed(store.state_dir) == []


async def test_a_restart_with_the_clock_set_back_does_not_fall_behind_a_refusal(
    store: StoreOnDisk, clock: StoppedClock
) -> None:
    await store.worked(1)
    async with store.opened() as desk:
        clock.advance(40 * DAY_MS)
        refused_at = desk.time.now()
        refused = await scan(desk, Scan(code=store.chain.token(BOUND)), SameCode())
        assert refused.verdict is not None
        assert not refused.verdict.outcome.is_accepted
        shutil.copytree(store.state_dir, store.state_dir.with_name("as-cut"))
    shutil.rmtree(store.state_dir)
    store.state_dir.with_name("as-cut").rename(store.state_dir)
    clock.now = Millis(clock.now - 40 * DAY_MS)
    async with store.opened() as desk:
        assert desk.time.now() >= refused_at


async def test_a_z_report_on_paper_shows_that_the_journal_was_set_back(
    store: StoreOnDisk, capsys: pytest.CaptureFixture[str]
) -> None:
    await store.worked(2)
    older = store.file.read_bytes()
    await store.worked(2)
    db = connect(str(store.file), read_only=True)
    seq, digits = place_of(4, journal.hash_at(db, 4) or b"").split(":")
    db.close()

    def verify(digits: str) -> int:
        return verify_journal(store.settings, as_json=False, paper=OnPaper(int(seq), digits))

    assert verify(digits) == 0
    assert verify("0" * len(digits)) == 1
    assert "another one than on the paper" in capsys.readouterr().err
    store.file.write_bytes(older)
    (store.state_dir / ANCHOR_FILE).unlink()  # found without it
    assert verify(digits) == 1
    assert "ends at event 2, but the paper is of event 4" in capsys.readouterr().err
