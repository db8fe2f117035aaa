"""Backup and restore of a large database beside `cp` of the same bytes, and what a till feels of
it. The directory must have room for four times as much."""

import asyncio
import os
import shutil
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from secrets import token_hex

import msgspec

from agent.ops.backup.job import Job, Order
from agent.ops.backup.keys import make_key, read_identities
from agent.ops.backup.restore import restore_backup
from agent.ops.backup.take import take_backup
from agent.ops.backup.target import Target
from agent.state_dir import DATABASE_FILE
from agent.store.database import Database, open_writing
from agent.store.line import sync_state
from agent.store.migrations import migrate
from agent.store.sqlite import Connection
from tests.bench.history import Trade
from tests.bench.metric import Metric, percentile
from tests.bench.workshop import Workshop

MEGABYTES = 1_000
STORE = "MB001"
CAMPAIGN = 1
STEP = 1_000
"""Sales that are written at once."""
PAUSE_S = 0.02
"""Between two sales: some ten times as many as a busy store makes."""
QUIET_S = 20.0
"""So long the till is watched without a backup."""


def measure(workshop: Workshop) -> list[Metric]:
    """Each taken once: it is long, and the till's waits are many."""
    shop = Shop(workshop.directory(), workshop.portion(MEGABYTES) * 1_000_000)
    floor = [seconds(shop.copy_plainly)]
    backup = [seconds(shop.back_up)]
    quiet = workshop.run(shop.waits(asyncio.sleep(QUIET_S)))
    beside = workshop.run(shop.waits(shop.back_up_at_night()))
    restore = [seconds(shop.restore)]
    shutil.rmtree(shop.place)
    return [
        Metric.of("backup_s", "s", backup, floor),
        Metric.of("restore_s", "s", restore, floor),
        *(
            Metric.of(f"sale_beside_backup_p{of}_ms", "ms", *_percentiles(of, beside, quiet))
            for of in (50, 99, 100)
        ),
    ]


class Shop:
    """A store's files, with a database of a certain size."""

    def __init__(self, place: Path, size: int) -> None:
        self.place = place
        self._state, self._target, self._key = place / "state", place / "target", place / "key"
        for directory in (self._state, self._target):
            directory.mkdir()
        self._file = self._state / DATABASE_FILE
        self._fill(size)
        self._order = Order(
            store=STORE,
            state_dir=str(self._state),
            target=str(self._target),
            recipients=(make_key(self._key),),
            keep_daily=7,
            keep_weekly=5,
            must_be_mounted=False,
        )

    def copy_plainly(self) -> None:
        """What `cp` and `sync` of the copy do."""
        copy = self.place / "cp"
        shutil.copyfile(self._file, copy)
        with copy.open("rb") as written:
            os.fsync(written.fileno())
        copy.unlink()

    def back_up(self) -> None:
        """As `store-agent backup now` does."""
        take_backup(self._order, told=_to_nobody)

    def restore(self) -> None:
        """As `store-agent backup restore` does."""
        newest = Target(self._target, store=STORE).find("latest").file
        keys = read_identities(self._key)
        restore_backup(newest, keys, self._state, store=STORE, ungreeted_after=0, told=_to_nobody)

    async def back_up_at_night(self) -> None:
        """As the agent's child does."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agent.ops.backup.child", stdin=PIPE, stdout=DEVNULL
        )
        job = Job(state_dir=str(self._state), order=self._order)
        await child.communicate(msgspec.json.encode(job))
        if child.returncode:
            raise RuntimeError(f"the backup ended with {child.returncode}")

    async def waits(self, until: Awaitable[None]) -> list[float]:
        """Sell every PAUSE_S until then; return how long each took, in ms."""
        database, took = Database(self._file), list[float]()
        database.open()
        end = asyncio.ensure_future(until)
        try:
            while not end.done():
                started = time.monotonic()
                await database.write(_sell)
                took.append((time.monotonic() - started) * 1_000)
                await asyncio.sleep(PAUSE_S)
        finally:
            await asyncio.to_thread(database.close)
        end.result()
        return took

    def _fill(self, size: int) -> None:
        """Fill a new database with sales up to `size` bytes."""
        with closing(open_writing(self._file)) as db:
            migrate(db)
            sync_state.found(db, store=STORE, install_id="bench")
            trade = Trade(db, STORE, CAMPAIGN, customers=size // 1_000)
            while self._file.stat().st_size < size:
                db.execute("BEGIN IMMEDIATE")
                for _ in range(STEP):
                    trade.sell(token_hex(12))
                db.execute("COMMIT")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _sell(db: Connection) -> None:
    Trade(db, STORE, CAMPAIGN, customers=1).sell(token_hex(12))


def _percentiles(percent: int, *of: list[float]) -> list[list[float]]:
    return [[percentile(values, percent)] for values in of]


def _to_nobody(_step: str, _done: int, _of: int) -> None:
    """Progress that nobody watches."""
