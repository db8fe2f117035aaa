"""Days that this agent has lived through, by which the age of what it keeps is counted.

A clock may be a year ahead for five seconds, and what is deleted then is gone for good. So nothing
is old because a clock says so: it is old when so many days were counted since it was written. A day
counts when the date is another one and the agent has run for COUNTS_AFTER_MS, by the monotonic
clock, since the last one was counted. What is written takes its day from the view `today`.
"""

from agent.base.clock import HOUR_MS, Millis
from agent.store.sqlite import Connection

COUNTS_AFTER_MS = 4 * HOUR_MS
"""Less than a store is open for."""


def live(db: Connection, ran_ms: int, *, date: str, at: Millis) -> None:
    """Note that the agent ran for `ran_ms` more, and count a day if one has gone by.

    `date` and `at` are the store's date and effective time.
    """
    last = db.execute(
        "UPDATE counted_day SET ran_ms = ran_ms + ? WHERE day = (SELECT day FROM today) "
        "RETURNING date, ran_ms",
        (ran_ms,),
    ).fetchone()
    if last is None or (last[0] != date and last[1] >= COUNTS_AFTER_MS):
        db.execute(
            "INSERT INTO counted_day (day, date, at, journal_seq) SELECT today.day + 1, ?, ?, "
            "max(pruned_seq, coalesce((SELECT max(seq) FROM journal), 0)) FROM today, sync_state",
            (date, at),
        )


def today(db: Connection) -> int:
    """Return the day that is being lived through."""
    return int(db.execute("SELECT day FROM today").fetchone()[0])


def day_ago(db: Connection, days: int) -> int:
    """Return the newest day after whose end `days` were counted; below 0 if there is none.

    What was written in it, or before, is at least so old.
    """
    return today(db) - days - 1


def journal_end(db: Connection, day: int) -> int:
    """Return the newest event of `day` and those before; 0 if that is not known."""
    row = db.execute("SELECT journal_seq FROM counted_day WHERE day = ?", (day + 1,)).fetchone()
    return int(row[0]) if row else 0


def past_for_sure(db: Connection, days: int) -> Millis:
    """Return an instant that was past whenever one of the last `days` was counted; 0: none."""
    count, least = db.execute(
        "SELECT count(*), min(at) FROM counted_day WHERE day > (SELECT day FROM today) - ?",
        (days,),
    ).fetchone()
    return Millis(least if count == days else 0)
