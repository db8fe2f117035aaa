"""A copy of the database while the agent works on it, and the proof that the copy is whole.

The copy is SQLite's own (sqlite.org/backup.html), inside one read transaction: what is sold
meanwhile goes into the WAL and is not in it. It is made in steps, at the pace of agent/ops/backup/
pace.py, so that a sale's fsync never waits for the whole copy.
"""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from agent.domain.line.chain import ChainBrokenError
from agent.ops.backup.errors import DamagedError
from agent.ops.backup.pace import PORTION_BYTES, Pace
from agent.store import digests
from agent.store.errors import NotFoundedError
from agent.store.house import books
from agent.store.house.books import BooksDifferError
from agent.store.line import journal, sync_state
from agent.store.sqlite import Connection, DatabaseError, connect

STEP_PAGES = PORTION_BYTES // 4_096
"""What is copied at once."""

Progress = Callable[[int, int], None]
"""Called with what is done and how much there is."""


class Content(Struct, frozen=True, kw_only=True):
    """What a whole database holds."""

    store: str
    epoch: int
    acked_seq: int
    seq: int
    """Of the newest event."""
    hash: str
    events: int
    """Whose chain was checked."""
    differing: dict[str, int] = {}
    """Tables in which the disk changed something, with what their digests lack to fit them."""


def copy_database(source: Path, copy: Path, *, progress: Progress | None = None) -> None:
    """Copy the database `source`, which may be in use, to the new file `copy`.

    Raises DamagedError when it can't be read, OSError or sqlite.OperationalError when the copy
    can't be written.
    """
    with closing(connect(str(source), read_only=True)) as reading:
        try:
            reading.execute("BEGIN")  # one state of it, whatever is sold meanwhile
            reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except DatabaseError as error:
            raise damaged(source, error) from error
        with closing(connect(str(copy))) as writing:
            writing.execute("PRAGMA journal_mode = OFF")
            writing.execute("PRAGMA synchronous = OFF")
            _copy(reading, writing, copy, progress or (lambda done, of: None))


def check_database(file: Path, *, progress: Progress | None = None) -> Content:
    """Return what `file` holds once all of it was checked: SQLite's structure and the whole chain.

    Raises DamagedError.
    """
    told = progress or (lambda done, of: None)
    try:
        with closing(connect(str(file), read_only=True)) as db:
            told(0, 2)
            found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise damaged(file, found)
            told(1, 2)
            content = _content(db)
            told(2, 2)
            return content
    except (DatabaseError, ChainBrokenError, BooksDifferError, NotFoundedError) as error:
        raise damaged(file, error) from error


def damaged(file: Path, why: object) -> DamagedError:
    """Return the error for a database that is not whole."""
    return DamagedError(
        f"{file} is damaged ({why}). The agent sets it aside at its next start and sells on: "
        "systemctl restart store-agent; then docs/store-it/backup.md, 'A damaged database'"
    )


def _content(db: Connection) -> Content:
    state = sync_state.get(db)
    events = journal.verify(db, state.store)
    books.compare(db, state.store)
    tip = journal.tip(db)
    db.execute("BEGIN")  # one state of it, whatever is sold meanwhile
    differing = {found.table: found.by for found in digests.differences(db)}
    db.execute("ROLLBACK")
    return Content(
        store=state.store,
        epoch=state.epoch,
        acked_seq=state.acked.seq,
        seq=tip.seq,
        hash=tip.hash.hex(),
        events=events,
        differing=differing,
    )


def _copy(reading: Connection, writing: Connection, copy: Path, progress: Progress) -> None:
    file = os.open(copy, os.O_RDONLY)
    pace = Pace(file)
    try:

        def step(_status: int, remaining: int, total: int) -> None:
            pace.put_down()
            progress(total - remaining, total)

        reading.backup(writing, pages=STEP_PAGES, progress=step, sleep=0)
    finally:
        os.close(file)
