"""Bytes that the disk changed, cut off or garbled: 500 files, none of which ends in a traceback.

Each is found at the start, by the night's check, or by head office; or what it changed is nowhere
to be read, or is over by itself soon.
"""

import random
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from agent.ops.backup.errors import DamagedError
from agent.ops.backup.snapshot import check_database
from agent.services.house.healing import look_before_opening
from agent.state_dir import DATABASE_FILE
from agent.store.errors import StoreError
from agent.store.house import anchor
from agent.store.line import journal
from agent.store.sqlite import DatabaseError, connect
from tests.services.chain import STORE, Chain
from tests.services.house.store_on_disk import StoreOnDisk
from tests.services.stopped_clock import StoppedClock

OF_THE_FILE, OF_THE_WAL = 380, 120
OVER_SOON = {
    "basket": "priced anew, and empty after the sale",
    "idempotency": "asked again within minutes, if ever",
    "print_job": "a paper, not the books",
    "session": "until the cashier signs out",
    "recording_trial": "filler",
    "daily_work": "done once more, or a day later",
    "_sqlite_migrations": "the opening tells: a script that ran runs again, and fits no more",
}
"""Tables that no digest watches, and why."""

Content = dict[str, list[str]]
Files = dict[str, bytes]


def spoilt(data: bytes, dice: random.Random) -> bytes:
    """One bit another one, or an end cut off, or 64 bytes garbled."""
    at = dice.randrange(len(data))
    kind = dice.random()
    if kind < 0.85:
        return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
    if kind < 0.93:
        return data[:at]
    return data[:at] + dice.randbytes(64) + data[at + 64 :]


def content_of(file: Path) -> Content:
    """Every row of every table; of one that can't be read, that it can't."""
    with closing(connect(str(file), read_only=True)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
        return {name: _rows(db.execute(f"SELECT * FROM {name}")) for name in names}


def _rows(cursor: object) -> list[str]:
    try:
        return [repr(row) for row in cursor]  # type: ignore[attr-defined]
    except (DatabaseError, UnicodeDecodeError) as error:
        return [type(error).__name__]


def what_tells(state_dir: Path, before: Content) -> str:
    """Return who finds what was changed; "" when nobody does."""
    try:
        if look_before_opening(state_dir, STORE) is not None:
            return "start"
        if check_database(state_dir / DATABASE_FILE).differing:
            return "digests"
    except DamagedError:
        return "night"
    except StoreError:
        return "start"
    after = content_of(state_dir / DATABASE_FILE)
    changed = {name for name, rows in before.items() if after.get(name) != rows}
    if not changed:
        return "nothing to see"
    return "" if changed - OVER_SOON.keys() else "over soon"


def put(files: Files, state_dir: Path) -> None:
    shutil.rmtree(state_dir, ignore_errors=True)
    state_dir.mkdir()
    for name, data in files.items():
        (state_dir / name).write_bytes(data)


def files_in(state_dir: Path) -> Files:
    return {file.name: file.read_bytes() for file in state_dir.iterdir() if file.is_file()}


@pytest.fixture
def store(chain: Chain, clock: StoppedClock, tmp_path: Path) -> StoreOnDisk:
    return StoreOnDisk(chain, clock, tmp_path / "state")


def tried(files: Files, spoil: str, count: int, scratch: Path) -> Counter[str]:
    put(files, scratch)
    before = content_of(scratch / DATABASE_FILE)
    told: Counter[str] = Counter()
    for seed in range(count):
        put(files | {spoil: spoilt(files[spoil], random.Random(seed))}, scratch)
        who = what_tells(scratch, before)
        assert who, f"seed {seed} of {spoil} changed something, and nothing tells"
        told[who] += 1
    return told


async def test_no_changed_byte_of_the_database_goes_unnoticed(
    store: StoreOnDisk, tmp_path: Path
) -> None:
    await store.worked(12)
    told = tried(files_in(store.state_dir), DATABASE_FILE, OF_THE_FILE, tmp_path / "x")
    assert told["start"] > 40
    assert told["digests"] > 0  # the control: without them these would be silent


async def test_no_changed_byte_of_the_wal_goes_unnoticed(
    store: StoreOnDisk, tmp_path: Path
) -> None:
    await store.worked(1)
    async with store.opened() as desk:
        await store.sell(desk)
        await store.sell(desk)
        tip = await desk.database.read(journal.tip)
        while (kept := anchor.read(store.state_dir, STORE)) is None or kept.place != tip:
            await desk.database.answer()
        files = files_in(store.state_dir)
    files.pop(f"{DATABASE_FILE}-shm")
    told = tried(files, f"{DATABASE_FILE}-wal", OF_THE_WAL, tmp_path / "x")
    assert told["start"] > OF_THE_WAL // 2
