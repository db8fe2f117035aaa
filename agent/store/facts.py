"""Facts in memory: what the writing connection has read of tables that sales ask and seldom move.

They are forgotten with each row of their table that the connection writes (its own triggers, as
those of the digests: no writer has to think of it), with whatever is rolled back, and when another
connection has written. Who reads beside the writer keeps none.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from agent.store.sqlite import Connection, at_once

KEPT = (
    "article",
    "campaign",
    "handout",
    "journal",
    "parked_change",
    "price_rules",
    "promotion",
    "sync_state",
)
MAX_OF_A_TABLE = 4_096
"""With more, those of the table are read anew."""

_VERSION = "data_version"
_FUNCTION = "forget_facts"

T = TypeVar("T")


def watch(db: Connection) -> None:
    """Let `db`, the only connection that writes, keep facts from here on."""
    facts = db.facts = {table: {} for table in (*KEPT, _VERSION)}
    db.create_function(_FUNCTION, 1, lambda table: facts[table].clear())
    triggers = (
        f"CREATE TEMP TRIGGER {table}_{event}_facts AFTER {event} ON main.{table} "
        f"BEGIN SELECT {_FUNCTION}('{table}'); END"
        for table in KEPT
        for event in ("INSERT", "UPDATE", "DELETE")
    )
    at_once(db, triggers)


def recall(db: Connection, table: str, key: Hashable, read: Callable[[], T]) -> T:
    """Return what `read` reads of `table`, which nobody changes afterwards; once for each `key`."""
    if db.facts is None:
        return read()
    held = db.facts[table]
    if key not in held:
        know(db, table, key, read())
    found: T = held[key]
    return found


def known(db: Connection, table: str, keys: Iterable[Hashable]) -> dict[Any, Any]:
    """Return what is kept of `keys`."""
    held = db.facts[table] if db.facts is not None else {}
    return {key: held[key] for key in keys if key in held}


def know(db: Connection, table: str, key: Hashable, fact: object) -> None:
    """Keep what was just read of `table`, or written to it."""
    if db.facts is None:
        return
    held = db.facts[table]
    if len(held) >= MAX_OF_A_TABLE:
        held.clear()
    held[key] = fact


def forget(db: Connection) -> None:
    """Forget everything: something was taken back."""
    for held in (db.facts or {}).values():
        held.clear()


def forget_if_written(db: Connection) -> None:
    """Forget everything when another connection has written; to be asked within a transaction."""
    if db.facts is None:
        return
    (version,) = db.execute("PRAGMA data_version").fetchone()
    if db.facts[_VERSION].get(_VERSION) != version:
        forget(db)
        know(db, _VERSION, _VERSION, version)
