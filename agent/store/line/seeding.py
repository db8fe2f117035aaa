"""How far a snapshot of head office is applied: one row, gone when it is done."""

from collections.abc import Iterable
from typing import NamedTuple

from agent.store.sqlite import Connection


class Seed(NamedTuple):
    """The row."""

    snapshot: bytes
    """JSON, as head office told it."""
    next_page: int
    sweeps: bool
    """What the snapshot does not tell has to go, since the store held something before."""


def get(db: Connection) -> Seed | None:
    """Return the snapshot that is being applied."""
    row = db.execute("SELECT snapshot, next_page, sweeps FROM seeding").fetchone()
    return Seed(row[0], row[1], bool(row[2])) if row else None


def begin(db: Connection, snapshot: bytes, *, sweeps: bool) -> None:
    """Note a snapshot, of which nothing is applied yet."""
    end(db)
    db.execute(
        "INSERT INTO seeding (only, snapshot, next_page, sweeps) VALUES (1, ?, 0, ?)",
        (snapshot, int(sweeps)),
    )


def advance(db: Connection, things: Iterable[tuple[str, str]]) -> None:
    """Note that a page is applied which told `things` (entity, key), to be known at the end."""
    db.execute("UPDATE seeding SET next_page = next_page + 1")
    db.executemany("INSERT OR IGNORE INTO seeded (entity, key) VALUES (?, ?)", things)


def end(db: Connection) -> None:
    """Forget the snapshot: it is applied, or given up."""
    db.execute("DELETE FROM seeding")
    db.execute("DELETE FROM seeded")
