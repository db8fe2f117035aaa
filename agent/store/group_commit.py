"""Group commit: jobs that wait share one transaction and its fsync; each has its own savepoint.

Jobs that together find no room on the disk are tried one by one: a large sale takes no small one
down with it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from agent.store import facts
from agent.store.errors import (
    CommitUnknownError,
    StorageDamagedError,
    StorageFullError,
    StoreError,
    WriteFailedError,
)
from agent.store.sqlite import Connection, DatabaseError, is_damage, is_full, is_machine_fault


class Job:
    """One write: what to do, and after its commit what came of it."""

    __slots__ = ("after", "error", "future", "result", "work")

    def __init__(
        self,
        work: Callable[[Connection], Any],
        future: "asyncio.Future[Any]",
        after: Callable[[Connection], None] | None = None,
    ) -> None:
        self.work = work
        self.future = future
        self.after = after
        """What is done after the commit, outside any transaction."""
        self.result: Any = None
        self.error: Exception | None = None


def commit(connection: Connection, jobs: list[Job]) -> None:
    """Run `jobs` and leave each one's result or error in it."""
    _commit_together(connection, jobs)
    if len(jobs) > 1 and all(isinstance(job.error, StorageFullError) for job in jobs):
        for job in jobs:
            job.error = None
            _commit_together(connection, [job])


def _commit_together(connection: Connection, jobs: list[Job]) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        facts.forget_if_written(connection)
        for job in jobs:
            _run(connection, job)
    except DatabaseError as error:
        _roll_back(connection)
        _fail(jobs, _not_written(error))
        return
    try:
        connection.execute("COMMIT")
    except DatabaseError as error:
        _roll_back(connection)
        _fail(jobs, _not_committed(error))


def follow_up(connection: Connection, jobs: list[Job]) -> None:
    """Do what waits for the commit; its failure is its job's alone."""
    for job in jobs:
        if job.after is None or job.error is not None:
            continue
        try:
            job.after(connection)
        except DatabaseError as error:
            job.error = _not_written(error)


def _run(connection: Connection, job: Job) -> None:
    connection.execute("SAVEPOINT job")
    try:
        job.result = job.work(connection)
    except Exception as error:
        if isinstance(error, DatabaseError) and (
            is_machine_fault(error) or not connection.in_transaction
        ):
            raise
        job.error = error
        connection.execute("ROLLBACK TO job")
        facts.forget(connection)
    connection.execute("RELEASE job")


def _not_written(error: DatabaseError) -> StoreError:
    if is_full(error):
        return StorageFullError("the disk of the store PC is full")
    if is_damage(error):
        return StorageDamagedError(str(error))
    return WriteFailedError(str(error))


def _not_committed(error: DatabaseError) -> StoreError:
    if is_full(error):  # what makes a commit count is written last, and had no room
        return _not_written(error)
    return CommitUnknownError(f"the commit was not confirmed: {error}")


def _fail(jobs: list[Job], error: StoreError) -> None:
    for job in jobs:
        job.error = error


def _roll_back(connection: Connection) -> None:
    facts.forget(connection)
    if connection.in_transaction:
        connection.execute("ROLLBACK")
