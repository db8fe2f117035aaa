"""The look at the database before it is opened for writing: nothing of it is changed."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from agent.domain.line.chain import ChainBrokenError
from agent.store.damage import opening_told
from agent.store.errors import JournalBrokenError
from agent.store.house import books
from agent.store.house.anchor import Anchor, what_is_missing
from agent.store.house.wal import wal_of
from agent.store.line import journal
from agent.store.migrations import known_schema, readable_from
from agent.store.sqlite import Connection, OperationalError, connect

VERIFY_AT_START = 1_000
"""Newest events whose chain is checked at each start; the night's check takes all."""
LOOKED_FOR_S = 1.0
"""So long SQLite's structure is checked at a start; a large file is checked to its end at night."""
_OPS_BETWEEN_LOOKS = 10_000


def check_has_database(file: Path) -> None:
    """Raise JournalBrokenError for a WAL whose database is gone or empty: no new one may be begun
    over it."""
    wal = wal_of(file)
    if wal.exists() and wal.stat().st_size and not (file.exists() and file.stat().st_size):
        raise JournalBrokenError(f"{file} is gone or empty, and {wal.name} is left of it")


def examine(file: Path, *, known: bool, anchor: Anchor | None = None) -> str:
    """Return what the journal lacks of what `anchor` says; empty when it lacks nothing.

    Raises JournalBrokenError for a database that can't be trusted; `known`: there was one.
    """
    if not file.exists():
        if known:
            raise JournalBrokenError(f"{file} is gone, and this store has worked here")
        return ""
    with opening_told(file), closing(connect(str(file), read_only=True)) as db:
        if readable_from(db) > known_schema()[0]:
            return ""  # of a newer version: what it means, only that can tell
        if not _has_table(db, "sync_state"):
            if known:
                raise JournalBrokenError(f"{file} is empty, and this store has worked here")
            return ""
        _check_structure(db, file)
        check_tail(db)
        _check_books(db, file)
        return what_is_missing(db, anchor) if _is_begun(db) else ""


def check_tail(db: Connection) -> None:
    """Raise JournalBrokenError for a journal whose newest part does not hold together."""
    row = db.execute("SELECT store FROM sync_state").fetchone()
    if row is None:
        return
    last = journal.tip(db)
    seq = max(last.seq - VERIFY_AT_START, journal.pruned_through(db))
    base = journal.hash_at(db, seq)
    try:
        if base is None:
            raise ChainBrokenError(seq, "missing")
        journal.verify(db, row[0], after=journal.Place(seq, base))
    except ChainBrokenError as error:
        raise JournalBrokenError(str(error)) from error


def _is_begun(db: Connection) -> bool:
    return db.execute("SELECT 1 FROM sync_state").fetchone() is not None


def _has_table(db: Connection, name: str) -> bool:
    found = db.execute("SELECT count(*) FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
    return bool(found[0])


def _check_structure(db: Connection, file: Path) -> None:
    found = "ok"
    with _for_a_while(db):
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise JournalBrokenError(f"{file} is damaged ({found})")


def _check_books(db: Connection, file: Path) -> None:
    """Compare the newest events with the tables."""
    row = db.execute("SELECT store FROM sync_state").fetchone()
    if row is None or not _has_table(db, "recovered_event"):  # not begun, or not yet migrated
        return
    after = journal.tip(db).seq - VERIFY_AT_START
    try:
        with _for_a_while(db):
            books.compare(db, row[0], after=after)
    except books.BooksDifferError as error:
        raise JournalBrokenError(f"{file}: {error}") from error


@contextmanager
def _for_a_while(db: Connection) -> Iterator[None]:
    """Look for LOOKED_FOR_S; what is not seen by then, the night sees."""
    end = time.monotonic() + LOOKED_FOR_S
    db.set_progress_handler(lambda: time.monotonic() > end, _OPS_BETWEEN_LOOKS)
    try:
        yield
    except OperationalError as error:
        if "interrupted" not in str(error):
            raise
    finally:
        db.set_progress_handler(None, 0)
