"""The generation of the database file: a number that each checkpoint of the agent raises.

It stands in the header of the file itself (SQLite's `application_id`), so that it is read without
the WAL, and in the anchor. A file of an older generation beside a newer WAL is a mixture of two
times, which SQLite reads without a word, and which need not look damaged.
"""

from pathlib import Path

from agent.base.clock import MINUTE_MS, Millis
from agent.store.sqlite import Connection

_AT = 68
"""Byte of the header (sqlite.org/fileformat2.html#application_id)."""
_BYTES = 4
_MOST = 2**31 - 1


def in_file(file: Path) -> int:
    """Return the generation of the file itself, whatever its WAL holds; 0: none, or unreadable."""
    try:
        with file.open("rb") as content:
            header = content.read(_AT + _BYTES)
    except OSError:
        return 0
    return int.from_bytes(header[_AT:], signed=True) if len(header) == _AT + _BYTES else 0


def after(generation: int, now: Millis) -> int:
    """Return the next one: greater than any before it, were the count forgotten meanwhile."""
    return min(max(generation + 1, now // MINUTE_MS), _MOST)


def put(db: Connection, generation: int) -> None:
    """Raise it in the writer's transaction; the next checkpoint brings it into the file."""
    db.execute(f"PRAGMA application_id = {generation:d}")
