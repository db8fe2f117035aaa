"""For which day each piece of daily work was done."""

from collections.abc import Callable

from agent.store.sqlite import Connection


def done_for(name: str) -> Callable[[Connection], str]:
    """Return what tells the day, YYYY-MM-DD, that `name` was last done for; empty: never."""

    def work(db: Connection) -> str:
        row = db.execute("SELECT done_for FROM daily_work WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    return work


def note_done(name: str, day: str) -> Callable[[Connection], None]:
    """Return what notes that `name` was done for `day`."""

    def work(db: Connection) -> None:
        db.execute("INSERT OR REPLACE INTO daily_work (name, done_for) VALUES (?, ?)", (name, day))

    return work
