"""A database file of an older day beside a newer WAL: SQLite reads the mixture without a word."""

import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import msgspec
import pytest

from agent.services.house.healing import look_before_opening
from agent.state_dir import DATABASE_FILE
from agent.store.house import anchor, generation, quarantine
from agent.store.line import sync_state
from agent.store.sqlite import connect
from tests.services.chain import STORE, Chain
from tests.services.house.store_on_disk import StoreOnDisk
from tests.services.stopped_clock import StoppedClock

OLDER = (1, 2, 5, 9, 14)
"""Sales of each day whose file was kept."""
NEWER = (1, 2, 8, 20)
"""Sales since the last start, at the power cut that leaves the WAL."""


class Times:
    """Files of one store at several times."""

    def __init__(self, older: list[bytes], newer: list[Path]) -> None:
        self.older = older
        self.newer = newer

    def mixtures(self, scratch: Path) -> Iterator[Path]:
        """Yield a state directory for each older file beside each newer WAL."""
        for number, (older, newer) in enumerate(product(self.older, self.newer)):
            mixed = scratch / f"mixed-{number}"
            shutil.copytree(newer, mixed)
            (mixed / DATABASE_FILE).write_bytes(older)
            yield mixed


@pytest.fixture
async def times(chain: Chain, clock: StoppedClock, tmp_path: Path) -> Times:
    store = StoreOnDisk(chain, clock, tmp_path / "state")
    older, newer = [], []
    for sales in OLDER:
        await store.worked(sales)
        older.append(store.file.read_bytes())
    for sales in NEWER:
        await store.crashed(sales)
        newer.append(Path(shutil.copytree(store.state_dir, tmp_path / f"newer-{sales}")))
    return Times(older, newer)


async def test_an_older_database_beside_a_newer_wal_is_set_aside_whatever_their_sizes(
    times: Times, tmp_path: Path
) -> None:
    for found in times.newer:  # of one time each: nothing is said of them
        assert look_before_opening(found, STORE) is None
    seen = 0
    for mixed in times.mixtures(tmp_path):
        healing = look_before_opening(mixed, STORE)
        assert healing is not None
        assert healing.aside is not None
        assert "is older than" in healing.why
        seen += 1
    assert seen == 20


async def test_control_without_its_generation_mixtures_go_unnoticed(
    times: Times, tmp_path: Path
) -> None:
    unnoticed = 0
    for mixed in times.mixtures(tmp_path):
        kept = anchor.read(mixed, STORE)
        assert kept is not None
        forgotten = msgspec.structs.replace(kept, generation=0, written=kept.written + 1)
        anchor.write(mixed, forgotten)
        unnoticed += look_before_opening(mixed, STORE) is None
    assert unnoticed > 0


async def test_each_checkpoint_makes_the_file_newer_and_the_anchor_follows(
    chain: Chain, clock: StoppedClock, tmp_path: Path
) -> None:
    store = StoreOnDisk(chain, clock, tmp_path / "state")
    await store.worked(1)
    before = generation.in_file(store.file)
    async with store.opened() as desk:
        began = generation.in_file(store.file)
        await desk.checkpoint()
        await desk.checkpoint()
        now = generation.in_file(store.file)
        kept = anchor.read(store.state_dir, STORE)
        assert kept is not None
        assert before < began < now == kept.generation


async def test_an_older_file_that_goes_on_is_no_mixture_later(
    chain: Chain, clock: StoppedClock, tmp_path: Path
) -> None:
    """Copied back without a WAL it is whole: its end is missing, which is told once."""
    store = StoreOnDisk(chain, clock, tmp_path / "state")
    await store.worked(1)
    older = store.file.read_bytes()
    await store.worked(2)
    store.file.write_bytes(older)
    await store.crashed(1)
    await store.worked(1)
    assert len(quarantine.listed(store.state_dir)) == 1
    db = connect(str(store.file))
    assert sync_state.get(db).anew
    db.close()
