"""Wrong PINs, counted on disk: for each number, known or not, and for this PC as a whole."""

from agent.base.clock import Millis
from agent.domain.staff.pin import Tries
from agent.store import counted_days
from agent.store.sqlite import Connection

KEPT_DAYS = 1
"""A number that nobody tried for so many days counted is forgotten, so that made-up numbers don't
pile up."""


def of_number(db: Connection, cashier: str) -> Tries:
    """Return the wrong PINs in a row for `cashier`."""
    row = db.execute(
        "SELECT failures, locked_until FROM pin_tries WHERE cashier = ?", (cashier,)
    ).fetchone()
    return Tries(failures=row[0], locked_until=Millis(row[1])) if row else Tries()


def set_number(db: Connection, cashier: str, tries: Tries, now: Millis) -> None:
    """Record the tries for `cashier`, and forget what is old."""
    until_day = counted_days.day_ago(db, KEPT_DAYS)
    db.execute("DELETE FROM pin_tries WHERE day <= ?", (until_day,))
    db.execute(
        "INSERT OR REPLACE INTO pin_tries (cashier, failures, locked_until, tried_at, day) "
        "VALUES (?, ?, ?, ?, (SELECT day FROM today))",
        (cashier, tries.failures, tries.locked_until, now),
    )


def forget_number(db: Connection, cashier: str) -> None:
    """Free `cashier`."""
    db.execute("DELETE FROM pin_tries WHERE cashier = ?", (cashier,))


def of_pc(db: Connection) -> Millis:
    """Return when the last wrong PIN on this PC will be forgotten."""
    row = db.execute("SELECT empty_at FROM pin_tries_pc").fetchone()
    return Millis(row[0] if row else 0)


def set_pc(db: Connection, empty_at: Millis) -> None:
    """Record when the last wrong PIN on this PC will be forgotten."""
    db.execute("INSERT OR REPLACE INTO pin_tries_pc (only, empty_at) VALUES (1, ?)", (empty_at,))
