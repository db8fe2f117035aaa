"""Backup and restore of a large database beside `cp` of the same bytes, and what a till feels of
it.

    .venv/bin/python -m tests.bench.backing_up --megabytes 1000 --directory /var/tmp/backing-up

Each figure is of one run, with its floor beside it. The directory must have room for four times as
much.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from agent.base.clock import Millis, SystemClock
from agent.base.ids import uuid7
from agent.ops.backup.child import Job
from agent.ops.backup.keys import make_key, read_identities
from agent.ops.backup.restore import restore_backup
from agent.ops.backup.take import Order, take_backup
from agent.ops.backup.target import Target
from agent.state_dir import DATABASE_FILE
from agent.store.database import Database, open_writing
from agent.store.line import journal, sync_state
from agent.store.line.journal import Written
from agent.store.migrations import migrate
from agent.store.sqlite import Connection

STORE = "MB001"
BODY_BYTES = 1_500
STEP = 2_000
PAUSE_S = 0.02


def event() -> Written:
    """An event of about 2 KB on disk, half of which a compressor can't squeeze."""
    body = json.dumps({"lines": "x" * (BODY_BYTES // 2), "ids": os.urandom(BODY_BYTES // 4).hex()})
    return Written(
        event_id=uuid7(SystemClock().wall()),
        kind="sale.recorded",
        body=body.encode(),
        occurred_at=Millis(1),
        business_date="2026-11-30",
        till="T1",
        cashier="C7",
    )


def make_database(file: Path, size: int) -> None:
    """Fill a new database with a chain of events up to `size` bytes."""
    with closing(open_writing(file)) as db:
        migrate(db)
        sync_state.found(db, store=STORE, install_id="bench")
        while file.stat().st_size < size:
            db.execute("BEGIN IMMEDIATE")
            for _ in range(STEP):
                journal.append_written(db, STORE, event())
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def copy(source: Path, target: Path) -> None:
    """What `cp` and `sync` of the copy do."""
    shutil.copyfile(source, target)
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _append(db: Connection) -> None:
    journal.append_written(db, STORE, event())


async def waits(file: Path, until: "asyncio.Future[object]") -> list[float]:
    """Record an event every PAUSE_S until then; return how long each took, in ms."""
    database = Database(file)
    database.open()
    took: list[float] = []
    try:
        while not until.done():
            started = time.monotonic()
            await database.write(_append)
            took.append((time.monotonic() - started) * 1000)
            await asyncio.sleep(PAUSE_S)
    finally:
        await asyncio.to_thread(database.close)
    return sorted(took)


async def felt(order: Order) -> tuple[list[float], list[float]]:
    """Return the waits of a till without and with a backup beside it, by the night's child."""
    import msgspec

    file = Path(order.state_dir) / DATABASE_FILE
    quiet = await waits(file, asyncio.ensure_future(asyncio.sleep(10)))
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "agent.ops.backup.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    job = msgspec.json.encode(Job(state_dir=order.state_dir, order=order))
    return quiet, await waits(file, asyncio.ensure_future(child.communicate(job)))


def tell(name: str, took: list[float]) -> None:
    """Print the spread of `took`, in ms."""
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    print(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {took[-1]:.1f} ms ({len(took)})")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1_000)
    parser.add_argument("--directory", type=Path, required=True)
    arguments = parser.parse_args()
    place: Path = arguments.directory
    state, target, key = place / "state", place / "target", place / "key"
    for directory in (state, target):
        directory.mkdir(parents=True)
    file = state / DATABASE_FILE
    make_database(file, arguments.megabytes * 1_000_000)
    size = file.stat().st_size / 1e6
    order = Order(
        store=STORE,
        state_dir=str(state),
        target=str(target),
        recipients=(make_key(key),),
        keep_daily=7,
        keep_weekly=5,
        must_be_mounted=False,
    )
    floor = seconds(lambda: copy(file, place / "cp"))
    steps: dict[str, float] = {}

    def told(step: str, _done: int, _of: int) -> None:
        steps.setdefault(step, time.monotonic())

    took = seconds(lambda: take_backup(order, told=told))
    kept = Target(target, store=STORE).find("latest").file
    print(f"{size:.0f} MB of database, {kept.stat().st_size / 1e6:.0f} MB of backup")
    print(f"cp and fsync {floor:.1f} s, backup {took:.1f} s: {took / floor:.1f} times")
    begins = [*steps.values(), next(iter(steps.values())) + took]
    for step, begin, end in zip(steps, begins, begins[1:], strict=False):
        print(f"  {step} {end - begin:.1f} s")
    quiet, busy = asyncio.run(felt(order))
    tell("a write without a backup", quiet)
    tell("a write during a backup", busy)
    took = seconds(
        lambda: restore_backup(
            kept, read_identities(key), state, store=STORE, ungreeted_after=0, told=told
        )
    )
    print(f"restore {took:.1f} s: {took / floor:.1f} times cp")
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
