"""Digests of the tables that no event of the journal tells of: a bit that the disk changed in one
of their rows is found at night.

Of each table one number is kept, the sum of a hash of every row. The writing connection's own
triggers move it with each row, in the same transaction; nothing of them is in the file.
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from agent.store.sqlite import Connection, at_once

FED = (
    "article",
    "campaign",
    "case_file",
    "coupon_state",
    "document",
    "handout",
    "member",
    "opaque_code",
    "parked_at_hq",
    "past_event",
    "price_rules",
    "promotion",
    "rollout",
    "stock",
)
"""What head office's feed tells: it mends them when it is read anew."""
OWN = ("ahead_change", "cashier", "counted_day", "parked_change", "sync_state")
"""What only this PC knows. Open baskets, sessions, papers that wait and first answers are not among
it: they are over before the night, and sums of the journal's own tables are counted from it."""
WATCHED = (*FED, *OWN)

_HASH_BYTES = 5
"""Sums of eight million rows fit SQLite's integers."""
_MASK = (1 << 8 * _HASH_BYTES) - 1
_FUNCTION = "row_hash"


class Difference(NamedTuple):
    """A table that holds otherwise than was written."""

    table: str
    by: int
    """What the digest lacks to fit the table as it is."""


def watch(db: Connection) -> None:
    """Let `db`, the only connection that writes, keep the digests from here on.

    A table without a digest, or with one of other columns, gets it from what it holds.
    """
    _prepare(db)
    known = dict(db.execute("SELECT name, columns FROM table_digest"))
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute("PRAGMA recursive_triggers = ON")  # a row that REPLACE takes away counts, too
    columns_of = {table: _columns(db, table) for table in WATCHED}
    triggers = (
        _trigger(table, event, columns)
        for table, columns in columns_of.items()
        for event in ("INSERT", "UPDATE", "DELETE")
    )
    at_once(db, triggers)
    if new := [name for name, own in columns_of.items() if known.get(name) != ",".join(own)]:
        db.execute("BEGIN IMMEDIATE")
        for table in new:
            _begin_with(db, table, columns_of[table])
        db.execute("COMMIT")


def _begin_with(db: Connection, table: str, columns: list[str]) -> None:
    (digest,) = db.execute(f"SELECT {_sum(columns)} FROM {table}").fetchone()  # noqa: S608 - ours
    db.execute(
        "INSERT OR REPLACE INTO table_digest (name, columns, digest) VALUES (?, ?, ?)",
        (table, ",".join(columns), digest),
    )


def differences(db: Connection) -> tuple[Difference, ...]:
    """Return the tables that don't fit their digests. `db` reads one state of the database."""
    if not _columns(db, "table_digest"):  # of an older version
        return ()
    _prepare(db)
    known = {
        name: (columns, digest)
        for name, columns, digest in db.execute("SELECT name, columns, digest FROM table_digest")
    }
    found = []
    for table in WATCHED:
        columns, digest = known.get(table, ("", 0))
        if columns == ",".join(own := _columns(db, table)):
            (held,) = db.execute(f"SELECT {_sum(own)} FROM {table}").fetchone()  # noqa: S608 - ours
            if by := (held - digest) & _MASK:
                found.append(Difference(table, by))
    return tuple(found)


def accept(db: Connection, found: Mapping[str, int]) -> None:
    """Let the digests fit the tables as they were found, whatever was written since."""
    for table, by in found.items():
        db.execute(
            f"UPDATE table_digest SET digest = (digest + ?) & {_MASK} WHERE name = ?",  # noqa: S608 - ours
            (by, table),
        )


def _prepare(db: Connection) -> None:
    db.create_function(_FUNCTION, -1, _row_hash, deterministic=True)


def _row_hash(*values: bytes | None) -> int:
    digest = hashlib.blake2b(repr(values).encode(), digest_size=_HASH_BYTES).digest()
    return int.from_bytes(digest)


def _columns(db: Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]


def _sum(columns: list[str]) -> str:
    return f"coalesce(sum({_hash_of('', columns)}), 0) & {_MASK}"


def _hash_of(prefix: str, columns: list[str]) -> str:
    """As bytes: also of a text that is none any more."""
    values = ", ".join(f"CAST({prefix}{column} AS BLOB)" for column in columns)
    return f"{_FUNCTION}({values})"


def _trigger(table: str, event: str, columns: list[str]) -> str:
    new = f"+ {_hash_of('NEW.', columns)}" if event != "DELETE" else ""
    old = f"- {_hash_of('OLD.', columns)}" if event != "INSERT" else ""
    return (
        f"CREATE TEMP TRIGGER {table}_{event} AFTER {event} ON main.{table} BEGIN "  # noqa: S608 - ours
        f"UPDATE table_digest SET digest = (digest {new} {old}) & {_MASK} "
        f"WHERE name = '{table}'; END"
    )
