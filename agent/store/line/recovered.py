"""Recovered events: of an old journal, in the present one; their shift was not this one."""

from agent.store.line.journal import Place
from agent.store.sqlite import Connection


def add(db: Connection, place: Place, shift_id: str) -> None:
    """Record that the event at `place` was recovered, and its shift (empty: not known)."""
    db.execute("INSERT INTO recovered_event (seq, shift_id) VALUES (?, ?)", (place.seq, shift_id))
