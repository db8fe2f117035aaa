"""The store's past that HQ tells back: events that are not in this journal, to be read like it."""

from agent.base.clock import Millis
from agent.store.line.journal import Recorded
from agent.store.sqlite import Connection


def put(db: Connection, event: Recorded) -> None:
    """Keep an event that was told back, at its place below 0; told again, it stays as it is."""
    db.execute(
        "INSERT INTO past_event (place, kind, body, occurred_at, business_date, till, "
        "cashier) "
        "VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
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


def prune(db: Connection, *, before: Millis, limit: int) -> int:
    """Delete at most `limit` events that are older than `before`; return how many."""
    deleted = db.execute(
        "DELETE FROM past_event WHERE place IN "
        "(SELECT place FROM past_event WHERE occurred_at < ? LIMIT ?)",
        (before, limit),
    )
    return int(deleted.rowcount)
