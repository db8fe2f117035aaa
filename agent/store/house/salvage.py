"""What a fresh database takes over from a damaged one, as far as that can be read: what HQ told,
who may sign in, which coupons were used or given, and the first answers, so that nothing is sold a
second time.

HQ's feed begins anew all the same; the journal is brought in by `store-agent recover`.
"""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from agent.store.sqlite import Connection, DatabaseError, connect

_UNREADABLE = (DatabaseError, UnicodeDecodeError)
ANSWERS = ("idempotency",)
TOLD_BY_HQ = (
    "document",
    "campaign",
    "article",
    "stock",
    "member",
    "coupon_state",
    "opaque_code",
    "price_rules",
    "promotion",
)
OF_THE_TILL = ("cashier", "pin_tries", *ANSWERS)

_USED = """
SELECT coupon_id, 'used', redemption_id, (SELECT store FROM sync_state), till, receipt, occurred_at
FROM redemption WHERE reversed_seq IS NULL
"""


_KEEP_USED = """
INSERT OR IGNORE INTO coupon_state
    (coupon_id, state, redemption_id, store, till, receipt, occurred_at)
VALUES (?,?,?,?,?,?,?)
"""


_GIVEN = """
SELECT coupon_id, campaign, from_fen, expires, sale_id FROM handout WHERE sale_id IS NOT NULL
"""
_KEEP_GIVEN = """
INSERT INTO handout (coupon_id, campaign, token, from_fen, expires, sale_id)
VALUES (?,?,'',?,?,?)
ON CONFLICT (coupon_id) DO UPDATE SET sale_id = excluded.sale_id, token = '' WHERE sale_id IS NULL
"""


def salvage(db: Connection, old: Path, *, tables: tuple[str, ...]) -> dict[str, int]:
    """Take over `tables`, and which coupons were used and given away, from the file `old`, which
    is only read.

    What is there already stays. Return the rows taken, by table.
    """
    taken: dict[str, int] = {}
    if not _is_readable(old):
        return taken
    with suppress(*_UNREADABLE), closing(connect(str(old), read_only=True)) as source:
        for table in tables:
            taken[table] = _take(db, source, table)
        taken["used coupons"] = _insert(db, _KEEP_USED, _readable(source, _USED))
        taken["given coupons"] = _insert(db, _KEEP_GIVEN, _readable(source, _GIVEN))
    return {table: rows for table, rows in taken.items() if rows}


def install_id_in(old: Path) -> str:
    """Return the installation that worked on the file `old`; empty when that can't be read."""
    if not _is_readable(old):
        return ""
    with suppress(*_UNREADABLE), closing(connect(str(old), read_only=True)) as source:
        row = source.execute("SELECT install_id FROM sync_state").fetchone()
        return str(row[0]) if row else ""
    return ""


def _is_readable(old: Path) -> bool:
    """Of an empty file SQLite would delete the WAL, though it only reads."""
    return old.is_file() and old.stat().st_size > 0


def _take(db: Connection, source: Connection, table: str) -> int:
    columns = [name for name in _columns(db, table) if name in _columns(source, table)]
    if not columns:
        return 0
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    rows = _readable(source, f"SELECT {names} FROM {table}")  # noqa: S608 - names are our own
    insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - same
    return _insert(db, insert, rows)


def _insert(db: Connection, insert: str, rows: Iterator[tuple[object, ...]]) -> int:
    """Insert what fits the schema; a damaged page may hold any value."""
    taken = 0
    for row in rows:
        with suppress(*_UNREADABLE):
            taken += db.execute(insert, row).rowcount
    return taken


def _readable(source: Connection, query: str) -> Iterator[tuple[object, ...]]:
    """Yield rows up to the first that can't be read."""
    with suppress(*_UNREADABLE):
        yield from source.execute(query)


def _columns(db: Connection, table: str) -> list[str]:
    with suppress(*_UNREADABLE):
        return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    return []
