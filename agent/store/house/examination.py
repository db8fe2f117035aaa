"""The look at the database before it is opened for writing: nothing of it is changed."""

import time
from contextlib import closing
from pathlib import Path

from agent.domain.line.chain import ChainBrokenError
from agent.store.damage import opening_told
from agent.store.errors import JournalBrokenError
from agent.store.line import journal
from agent.store.migrations import known_schema, readable_from
from agent.store.sqlite import Connection, OperationalError, connect

VERIFY_AT_START = 1_000
"""Newest events whose chain is checked at each start; the night's check takes all."""
LOOKED_FOR_S = 1.0
"""So long SQLite's structure is checked at a start; a large file is checked to its end at night."""
_OPS_BETWEEN_LOOKS = 10_000


def examine(file: Path, *, known: bool) -> None:
    """Raise JournalBrokenError for a database that can't be trusted; `known`: there was one."""
    if not file.exists():
        if known:
            raise JournalBrokenError(f"{file} is gone, and this store has worked here")
        return
    with opening_told(file), closing(connect(str(file), read_only=True)) as db:
        if readable_from(db) > known_schema()[0]:
            return  # of a newer version: what it means, only that can tell
        if not _is_founded(db):
            if known:
                raise JournalBrokenError(f"{file} is empty, and this store has worked here")
            return
        _check_structure(db, file)
        check_tail(db)


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


def _is_founded(db: Connection) -> bool:
    found = db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'sync_state'").fetchone()
    return bool(found[0])


def _check_structure(db: Connection, file: Path) -> None:
    end = time.monotonic() + LOOKED_FOR_S
    db.set_progress_handler(lambda: time.monotonic() > end, _OPS_BETWEEN_LOOKS)
    try:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except OperationalError as error:
        if "interrupted" not in str(error):
            raise
        found = "ok"
    finally:
        db.set_progress_handler(None, 0)
    if found != "ok":
        raise JournalBrokenError(f"{file} is damaged ({found})")
