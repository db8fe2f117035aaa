"""The database: one writer thread that owns the only writing connection, and group commit.

A write is a function of the connection. All writes that wait share one `BEGIN IMMEDIATE` and one
fsync; each has its own savepoint, so one that fails takes only itself back. Its caller hears of it
after the commit, never before.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from agent.store.errors import (
    AffectedLibraryError,
    CommitUnknownError,
    StorageBusyError,
    StorageFullError,
    StoreError,
    WriteFailedError,
)
from agent.store.migrations import migrate
from agent.store.sqlite import (
    OLDEST_SAFE,
    Connection,
    DatabaseError,
    connect,
    is_full,
    library_version,
)

MAX_GROUP = 128
"""Writes that share one commit."""
MAX_WAITING = 1_024
"""Writes that may wait; more are told to come back."""
SYNCHRONOUS = "FULL"
"""Each commit is fsynced before it is acknowledged (promise 1)."""

T = TypeVar("T")
Work = Callable[[Connection], T]


class _Job:
    __slots__ = ("after", "error", "future", "result", "work")

    def __init__(
        self,
        work: Work[Any],
        future: "asyncio.Future[Any]",
        after: Callable[[Connection], None] | None = None,
    ) -> None:
        self.work = work
        self.future = future
        self.after = after
        self.result: Any = None
        self.error: Exception | None = None


class Database:
    """The store's SQLite file. `open` and `close` belong to one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._listeners: list[Callable[[], None]] = []

    def open(self) -> None:
        """Open, check and migrate the file; start the writer.

        Raises StartRefusedError, or StoreError when another try may succeed.
        """
        check_library(library_version())
        self._loop = asyncio.get_running_loop()
        try:
            self._writer = _open_writing(self._path)
            migrate(self._writer)
            self._reader = connect(str(self._path), read_only=True)
        except DatabaseError as error:
            raise StoreError(
                f"{self._path} can't be opened ({error}). Is there room on its disk, and may the "
                f"agent write there?  df -h {self._path.parent}; ls -l {self._path.parent}"
            ) from error
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._thread = threading.Thread(target=self._write_forever, name="store-writer")
        self._thread.start()

    def close(self) -> None:
        """Finish the waiting writes, then close."""
        self._jobs.put(None)
        self._thread.join()
        self._readers.shutdown()
        self._reader.close()
        self._writer.close()

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the event loop after each commit."""
        self._listeners.append(listener)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction; return its result when that is on disk.

        Raises what `work` raised, WriteFailedError (nothing happened) or CommitUnknownError. A
        caller that is cancelled meanwhile leaves the write as it is.
        """
        if self._waiting >= MAX_WAITING:
            raise StorageBusyError(f"{MAX_WAITING} writes are waiting")
        result: T = await self._submit(_Job(work, self._loop.create_future()))
        return result

    async def read(self, work: Work[T]) -> T:
        """Run `work` on the reading connection; it sees what is committed."""
        return await self._loop.run_in_executor(self._readers, work, self._reader)

    async def checkpoint(self) -> None:
        """Move the WAL into the main file, as far as readers allow.

        Raises WriteFailedError; the WAL then stays as it is, and nothing is lost.
        """
        await self._submit(_Job(_nothing, self._loop.create_future(), after=_checkpoint))

    async def _submit(self, job: _Job) -> Any:
        self._waiting += 1
        self._jobs.put(job)
        return await job.future

    def _write_forever(self) -> None:
        while True:
            group = self._next_group()
            if not group:
                return
            stopping = group[-1] is None
            jobs = [job for job in group if job is not None]
            if jobs:
                commit_group(self._writer, jobs)
                _follow_up(self._writer, jobs)
                self._loop.call_soon_threadsafe(self._answer, jobs)
            if stopping:
                return

    def _next_group(self) -> list[_Job | None]:
        group = [self._jobs.get()]
        while group[-1] is not None and len(group) < MAX_GROUP:
            try:
                group.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return group

    def _answer(self, jobs: list[_Job]) -> None:
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


def check_library(version: tuple[int, int, int]) -> None:
    """Raise AffectedLibraryError when `version` of SQLite can corrupt a WAL database."""
    if version < OLDEST_SAFE:
        raise AffectedLibraryError(
            f"SQLite {'.'.join(map(str, version))} can corrupt a database in WAL mode; "
            f"{'.'.join(map(str, OLDEST_SAFE))} or newer is needed. "
            "Install the locked packages again: pip install --require-hashes -r requirements.lock"
        )


def commit_group(connection: Connection, jobs: list[_Job]) -> None:
    """Run `jobs` in one transaction and leave each one's result or error in it."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        for job in jobs:
            _run_one(connection, job)
    except DatabaseError as error:
        _roll_back(connection)
        _fail(jobs, _write_error(error))
        return
    try:
        connection.execute("COMMIT")
    except DatabaseError as error:
        _roll_back(connection)
        _fail(jobs, _commit_error(error))


def _run_one(connection: Connection, job: _Job) -> None:
    connection.execute("SAVEPOINT job")
    try:
        job.result = job.work(connection)
    except Exception as error:
        if isinstance(error, DatabaseError) and not connection.in_transaction:
            raise
        if isinstance(error, DatabaseError) and _is_machine_fault(error):
            raise
        job.error = error
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")


def _follow_up(connection: Connection, jobs: list[_Job]) -> None:
    """Do what waits for the commit; its failure is its job's alone."""
    for job in jobs:
        if job.after is None or job.error is not None:
            continue
        try:
            job.after(connection)
        except DatabaseError as error:
            job.error = _write_error(error)


def _is_machine_fault(error: DatabaseError) -> bool:
    return is_full(error) or "I/O" in str(error) or "malformed" in str(error)


def _write_error(error: DatabaseError) -> StoreError:
    if is_full(error):
        return StorageFullError("the disk of the store PC is full")
    return WriteFailedError(str(error))


def _commit_error(error: DatabaseError) -> StoreError:
    if is_full(error):  # what makes a commit count is written last, and had no room
        return _write_error(error)
    return CommitUnknownError(f"the commit was not confirmed: {error}")


def _fail(jobs: list[_Job], error: StoreError) -> None:
    for job in jobs:
        job.error = error


def _roll_back(connection: Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _nothing(_: Connection) -> None:
    """Write nothing."""


def _checkpoint(connection: Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _open_writing(path: Path) -> Connection:
    connection = connect(str(path))
    journal_mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
    connection.execute("PRAGMA foreign_keys = ON")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if journal_mode != "wal" or synchronous != {"NORMAL": 1, "FULL": 2}[SYNCHRONOUS]:
        connection.close()
        raise StoreError(f"{path}: WAL with synchronous={SYNCHRONOUS} could not be set")
    return connection
