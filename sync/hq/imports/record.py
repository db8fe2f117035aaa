"""Imports on record: each with what it changed, until it is taken back."""

from collections.abc import Sequence

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from agent.base.strict_json import canonical
from sync.hq.imports.plan import Change

KEPT_RUNS = 20
"""Of a kind, and of a store's stock; what older ones changed is forgotten."""

_ADD = """
INSERT INTO import_run (kind, store, file, imported_at) VALUES ($1, $2, $3, $4) RETURNING run
"""

_ADD_ROWS = """
INSERT INTO import_row (run, key, before, after)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])
"""

_FORGET = """
WITH old AS (
    DELETE FROM import_run WHERE run IN (
        SELECT run FROM import_run WHERE kind = $1 AND store = $2 ORDER BY run DESC OFFSET $3)
    RETURNING run
)
DELETE FROM import_row WHERE run IN (SELECT run FROM old)
"""

_LAST = """
SELECT run, file, imported_at FROM import_run
WHERE kind = $1 AND store = $2 AND undone_at IS NULL ORDER BY run DESC LIMIT 1
"""

_ROWS = "SELECT key, before, after FROM import_row WHERE run = $1 ORDER BY key"

_UNDONE = "UPDATE import_run SET undone_at = $2 WHERE run = $1"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """An import that was made."""

    run: int
    file: str
    imported_at: Millis


async def open_run(connection: Connection, kind: str, *, store: str, file: str, now: Millis) -> int:
    """Put an import on record, forget the oldest, and return its number."""
    run: int = await connection.fetchval(_ADD, kind, store, file, now)
    await connection.execute(_FORGET, kind, store, KEPT_RUNS)
    return run


async def record_changes(connection: Connection, run: int, changes: Sequence[Change]) -> None:
    """Put what an import changes on record."""
    rows = [(c.key, _json(c.before), _json(c.after)) for c in changes]
    await connection.execute(_ADD_ROWS, run, *zip(*rows, strict=True))


async def last_run(connection: Connection, kind: str, *, store: str) -> Run | None:
    """Return the last import that was not taken back."""
    row = await connection.fetchrow(_LAST, kind, store)
    return Run(**row) if row else None


async def changes_of(connection: Connection, run: int) -> list[Change]:
    """Return what an import changed, by key."""
    return [
        Change(key=row["key"], before=_fields(row["before"]), after=_fields(row["after"]))
        for row in await connection.fetch(_ROWS, run)
    ]


async def close_run(connection: Connection, run: int, *, now: Millis) -> None:
    """Put on record that an import was taken back."""
    await connection.execute(_UNDONE, run, now)


def _json(fields: object) -> str | None:
    return None if fields is None else canonical(fields).decode()


def _fields(text: str | None) -> dict[str, object] | None:
    return None if text is None else msgspec.json.decode(text, type=dict[str, object])
