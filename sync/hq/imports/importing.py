"""Taking a table file in, and taking the last one back: planned first, then written as planned."""

from collections.abc import Collection, Sequence
from typing import Protocol

from asyncpg import Connection

from agent.base.clock import Millis
from sync.hq.errors import AdminError
from sync.hq.imports.mistakes import Mistakes
from sync.hq.imports.plan import Change, FileRow, Plan
from sync.hq.imports.record import Run, changes_of, close_run, last_run, open_run, record_changes

_ONE_AT_A_TIME = "LOCK TABLE import_run IN SHARE ROW EXCLUSIVE MODE"


class Table(Protocol):
    """What files of one kind are about."""

    kind: str
    store: str
    """Whose it is; empty: the chain's."""

    async def lock(self, connection: Connection, keys: Collection[str]) -> None:
        """Let nothing of `keys` change until the transaction ends. AdminError: no such store."""

    async def plan(
        self, connection: Connection, rows: Sequence[FileRow], mistakes: Mistakes
    ) -> Plan:
        """Return what `rows` change; add to `mistakes` what can't be taken."""

    async def plan_back(self, connection: Connection, changes: Sequence[Change], run: Run) -> Plan:
        """Return what takes back the `changes` of `run`; what others changed since is kept."""

    async def write(self, connection: Connection, changes: Sequence[Change], run: int) -> None:
        """Write what was planned for `run`, and tell the stores."""


async def preview(
    connection: Connection, table: Table, rows: Sequence[FileRow], mistakes: Mistakes
) -> Plan:
    """Return what an import would change; AdminError tells every mistake."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await _plan(connection, table, rows, mistakes)


async def take_in(
    connection: Connection,
    table: Table,
    rows: Sequence[FileRow],
    mistakes: Mistakes,
    *,
    file: str,
    now: Millis,
) -> Plan:
    """Import `rows` wholly or, with an AdminError that tells every mistake, not at all."""
    async with connection.transaction():
        await connection.execute(_ONE_AT_A_TIME)
        await table.lock(connection, [row.key for row in rows])
        plan = await _plan(connection, table, rows, mistakes)
        if plan.changes:
            run = await open_run(connection, table.kind, store=table.store, file=file, now=now)
            await record_changes(connection, run, plan.changes)
            await table.write(connection, plan.changes, run)
    return plan


async def preview_back(connection: Connection, table: Table) -> tuple[Run, Plan]:
    """Return the last import and what taking it back would change; AdminError if there is none."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        run = await _last(connection, table)
        changes = await changes_of(connection, run.run)
        return run, await table.plan_back(connection, changes, run)


async def take_back(connection: Connection, table: Table, run: Run, *, now: Millis) -> Plan:
    """Take an import back; AdminError if it is the last one no more."""
    async with connection.transaction():
        await connection.execute(_ONE_AT_A_TIME)
        if await _last(connection, table) != run:
            raise AdminError("somebody imported, or took back, meanwhile: look again")
        changes = await changes_of(connection, run.run)
        await table.lock(connection, [change.key for change in changes])
        plan = await table.plan_back(connection, changes, run)
        await table.write(connection, plan.changes, run.run)
        await close_run(connection, run.run, now=now)
    return plan


async def _plan(
    connection: Connection, table: Table, rows: Sequence[FileRow], mistakes: Mistakes
) -> Plan:
    plan = await table.plan(connection, rows, mistakes)
    mistakes.raise_if_any()
    return plan


async def _last(connection: Connection, table: Table) -> Run:
    run = await last_run(connection, table.kind, store=table.store)
    if run is None:
        raise AdminError("there is no import to take back")
    return run
