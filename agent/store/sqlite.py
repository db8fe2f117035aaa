"""The SQLite library: pysqlite3's build, because older ones can corrupt a WAL database.

SQLite before 3.51.3 has the WAL-reset fault (sqlite.org/wal.html): two connections may corrupt
the file. Type checkers see the standard module, whose interface is the same.
"""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
else:
    from pysqlite3 import dbapi2 as sqlite3

OLDEST_SAFE = (3, 51, 3)
BUSY_TIMEOUT_MS = 5_000
"""So long a statement waits for a lock that another connection holds."""

_NO_TEXT = "Could not decode to UTF-8"
"""Of Python's layer: a text column holds other bytes."""
_NO_SCHEMA = (
    *("no such table", "no such column", "malformed database schema"),
    *("duplicate column name", "there is already"),
)
"""All SQL is the program's own and fits the schema that it made, each script of which runs once."""
_IS_THERE = re.compile(r"(table|index|view) \S+ already exists")


class Connection(sqlite3.Connection):
    """A connection; of the writing one, `facts` are kept (agent/store/facts.py)."""

    facts: dict[str, dict[Any, Any]] | None = None
    """What was read, by table; None: nothing is kept."""


Cursor = sqlite3.Cursor
Row = sqlite3.Row
DatabaseError = sqlite3.DatabaseError
IntegrityError = sqlite3.IntegrityError
OperationalError = sqlite3.OperationalError


class OrphanedWalError(DatabaseError):
    """The database is gone or empty, and its WAL is left: SQLite deletes one when it opens that, or
    begins a new one over it."""


complete_statement = sqlite3.complete_statement


def library_version() -> tuple[int, int, int]:
    """Return the version of the loaded SQLite library."""
    return sqlite3.sqlite_version_info


def connect(path: str, *, read_only: bool = False, at_rest: bool = False) -> Connection:
    """Return a connection without implicit transactions, usable from one thread at a time.

    `at_rest`: nobody writes meanwhile; it is read without a file being made beside it. Raises
    OrphanedWalError before anything is touched.
    """
    _check_not_orphaned(path)
    mode = "ro&immutable=1" if at_rest else "ro" if read_only else "rwc"
    return sqlite3.connect(
        f"file:{path}?mode={mode}",
        uri=True,
        factory=Connection,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        timeout=BUSY_TIMEOUT_MS / 1000,
    )


def at_once(db: Connection, statements: Iterable[str]) -> None:
    """Run `statements` in a transaction of their own; half the time of one after the other."""
    db.executescript(f"BEGIN; {'; '.join(statements)}; COMMIT")


def _check_not_orphaned(path: str) -> None:
    if _size(path) == 0 and _size(f"{path}-wal"):
        raise OrphanedWalError(f"{path} is gone or empty, and its -wal is left of it")


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def is_full(error: DatabaseError) -> bool:
    """Tell whether `error` says that the disk (or the quota) is full."""
    return _primary_code(error) == sqlite3.SQLITE_FULL


def is_damage(error: DatabaseError) -> bool:
    """Tell whether `error` says that the file is not, or no longer, what SQLite and we wrote."""
    return (
        isinstance(error, OrphanedWalError)
        or _primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        or _NO_TEXT in str(error)
        or str(error).startswith(_NO_SCHEMA)
        or _IS_THERE.match(str(error)) is not None
    )


def is_machine_fault(error: DatabaseError) -> bool:
    """Tell whether `error` is the machine's (disk, memory, damage) and not the statement's."""
    return _primary_code(error) in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    )


def _primary_code(error: DatabaseError) -> int:
    """The low byte of SQLite's (extended) result code; 0 for errors of the Python layer."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
