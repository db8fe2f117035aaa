"""The store's past that HQ tells back: events that are not in this journal, to be read like it."""

from agent.store.line.journal import Recorded
from agent.store.sqlite import Connection


def put(db: Connection, event: Recorded) -> None:
    """Keep an event that was told back, at its place below 0; told again, it stays as it is."""
    db.execute(
        "INSERT INTO past_event "
        "(place, kind, body, occurred_at, business_date, till, cashier, day) "
        "VALUES (?,?,?,?,?,?,?, (SELECT day FROM today)) ON CONFLICT DO NOTHING",
        (
            event.seq,
            event.kind,
            event.body,
            event.occurred_at,
            event.business_date,
            event.till,
            event.cashier,
        ),
    )


def prune(db: Connection, *, until_day: int, limit: int) -> int:
    """Delete at most `limit` events that were told in `until_day` or before; return how many."""
    deleted = db.execute(
        "DELETE FROM past_event WHERE place IN "
        "(SELECT place FROM past_event WHERE day <= ? LIMIT ?)",
        (until_day, limit),
    )
    return int(deleted.rowcount)
