"""The database: one writer thread that owns the only writing connection, and group commit.

A write is a function of the connection. All writes that wait share one `BEGIN IMMEDIATE` and one
fsync; each has its own savepoint, so one that fails takes only itself back. Its caller hears of it
after the commit, never before.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from agent.store import digests, facts
from agent.store.damage import opening_told
from agent.store.errors import (
    AffectedLibraryError,
    CommitUnknownError,
    StorageBusyError,
    StoreError,
    WriteFailedError,
)
from agent.store.group_commit import Job, commit, follow_up
from agent.store.in_place import OpenFiles
from agent.store.migrations import migrate
from agent.store.sqlite import (
    BUSY_TIMEOUT_MS,
    OLDEST_SAFE,
    Connection,
    connect,
    library_version,
)
from agent.store.write_figures import WriteFigures

MAX_GROUP = 128
"""Writes that share one commit."""
MAX_WAITING = 1_024
"""Writes that may wait; more are told to come back."""
SYNCHRONOUS = "FULL"
"""Each commit is fsynced before it is acknowledged (promise 1, docs/architecture.md)."""

T = TypeVar("T")
Work = Callable[[Connection], T]


class Database:
    """The store's SQLite file. `open` and `close` belong to one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._listeners: list[Callable[[], None]] = []
        self._watchers: list[Callable[[StoreError | None], None]] = []
        self.figures = WriteFigures()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def waiting(self) -> int:
        """Writes that wait for the writer or are with it."""
        return self._waiting

    def open(self) -> None:
        """Open, check and migrate the file; start the writer.

        Raises StartRefusedError, OSError that names the file that can't be used, or StoreError
        when another try may succeed.
        """
        check_library(library_version())
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        with opening_told(self._path):
            self._writer = open_writing(self._path)
            migrate(self._writer)
            digests.watch(self._writer)
            facts.watch(self._writer)
            self._reader = connect(str(self._path), read_only=True)
            self._side_reader = connect(str(self._path), read_only=True)
            self._files = OpenFiles(self._path)
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._reading_aside = ThreadPoolExecutor(1, thread_name_prefix="store-side-reader")
        self._thread = threading.Thread(target=self._write_forever, name="store-writer")
        self._thread.start()

    def close(self) -> None:
        """Finish the waiting writes, then close."""
        self._jobs.put(None)
        self._thread.join()
        self._reading.shutdown()
        self._reading_aside.shutdown()
        self._reader.close()
        self._side_reader.close()
        self._writer.close()

    async def join(self) -> None:
        """Raise StoreError when the writer has broken down; returns after `close`."""
        await asyncio.shield(self._ended)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the event loop after each commit."""
        self._listeners.append(listener)

    def on_outcome(self, watcher: Callable[[StoreError | None], None]) -> None:
        """Call `watcher` on the event loop with None when something was put on disk, and with the
        error when a write or its commit failed."""
        self._watchers.append(watcher)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction; return its result when that is on disk.

        Raises what `work` raised, WriteFailedError (nothing happened) or CommitUnknownError. A
        caller that is cancelled meanwhile leaves the write as it is.
        """
        if self._waiting >= MAX_WAITING:
            busy = StorageBusyError(f"{MAX_WAITING} writes are waiting")
            self.figures.failed(busy)
            raise busy
        result: T = await self._submit(Job(work, self._loop.create_future()))
        return result

    async def read(self, work: Work[T]) -> T:
        """Run `work` on the reading connection; it sees what is committed."""
        return await self._loop.run_in_executor(self._reading, work, self._reader)

    async def read_aside(self, work: Work[T]) -> T:
        """Run `work`, which takes the longer the more the store holds, on a connection of its own:
        no scan waits behind it."""
        return await self._loop.run_in_executor(self._reading_aside, work, self._side_reader)

    async def answer(self) -> None:
        """Return when the writer has taken up all that waits; nothing is put on disk for it.

        A writer that hangs, or whose disk does, does not come back; one that fails does.
        """
        with suppress(WriteFailedError, CommitUnknownError):
            await self._submit(Job(_nothing, self._loop.create_future()))

    def moved(self) -> Path | None:
        """Return the file that was deleted or replaced since it was opened; None when none was."""
        return self._files.moved()

    async def checkpoint(self) -> None:
        """Move the WAL into the main file, as far as readers allow.

        Raises WriteFailedError; the WAL then stays as it is, and nothing is lost.
        """
        await self._submit(Job(_nothing, self._loop.create_future(), after=_checkpoint))

    async def _submit(self, job: Job) -> Any:
        if self._ended.done():
            raise WriteFailedError("the writer has ended")
        self._waiting += 1
        self._jobs.put(job)
        return await job.future

    def _write_forever(self) -> None:
        jobs: list[Job] = []
        try:
            while True:
                group = self._next_group()
                jobs = [job for job in group if job is not None]
                self._commit(jobs)
                if group[-1] is None:
                    break
            self._loop.call_soon_threadsafe(self._ended.set_result, None)
        except BaseException as error:  # noqa: BLE001 - told to every caller, and to join
            self._loop.call_soon_threadsafe(self._give_up, jobs, error)

    def _commit(self, jobs: list[Job]) -> None:
        began, before = time.monotonic(), self._writer.total_changes
        commit(self._writer, jobs)
        written = self._writer.total_changes > before
        plain = [job for job in jobs if job.after is None]
        if plain:
            self.figures.committed(time.monotonic() - began, [job.error for job in plain])
        self._loop.call_soon_threadsafe(self._answer, plain, written)
        if len(plain) < len(jobs):
            rest = [job for job in jobs if job.after is not None]
            follow_up(self._writer, rest)
            self._loop.call_soon_threadsafe(self._answer, rest, False)

    def _give_up(self, jobs: list[Job], error: BaseException) -> None:
        while not self._jobs.empty():
            waiting = self._jobs.get_nowait()
            jobs += [waiting] if waiting else []
        for job in jobs:
            job.error = CommitUnknownError(f"the writer broke down: {error!r}")
        self._answer([job for job in jobs if not job.future.done()], written=False)
        self._ended.set_exception(StoreError(f"the writer broke down: {error!r}"))

    def _next_group(self) -> list[Job | None]:
        group = [self._jobs.get()]
        while group[-1] is not None and len(group) < MAX_GROUP:
            try:
                group.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return group

    def _answer(self, jobs: list[Job], written: bool) -> None:
        self._waiting -= len(jobs)
        for job in jobs:
            if job.future.cancelled():
                continue
            if job.error is None:
                job.future.set_result(job.result)
            else:
                job.future.set_exception(job.error)
        for listener in self._listeners:
            listener()
        failure = _failure(jobs)
        if written or failure is not None:
            for watcher in self._watchers:
                watcher(failure)


def check_library(version: tuple[int, int, int]) -> None:
    """Raise AffectedLibraryError when `version` of SQLite can corrupt a WAL database."""
    if version < OLDEST_SAFE:
        raise AffectedLibraryError(
            f"SQLite {'.'.join(map(str, version))} can corrupt a database in WAL mode; "
            f"{'.'.join(map(str, OLDEST_SAFE))} or newer is needed. "
            "Install the locked packages again: pip install --require-hashes -r requirements.lock"
        )


def _failure(jobs: list[Job]) -> StoreError | None:
    """Return what the disk refused, if it did; what a job itself raised is no failure of it."""
    errors = (job.error for job in jobs)
    return next((e for e in errors if isinstance(e, WriteFailedError | CommitUnknownError)), None)


def _nothing(_: Connection) -> None:
    """Write nothing."""


def _checkpoint(connection: Connection) -> None:
    """Move the WAL into the main file and cut it off; while somebody reads, do what can be done at
    once, for the tills wait on this thread."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def open_writing(path: Path) -> Connection:
    """Return a connection as the agent writes through it."""
    connection = connect(str(path))
    journal_mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
    connection.execute("PRAGMA foreign_keys = ON")
    # What a row held (a coupon's code in a basket) is overwritten when the row goes.
    connection.execute("PRAGMA secure_delete = FAST")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if journal_mode != "wal" or synchronous != {"NORMAL": 1, "FULL": 2}[SYNCHRONOUS]:
        connection.close()
        raise StoreError(f"{path}: WAL with synchronous={SYNCHRONOUS} could not be set")
    return connection
