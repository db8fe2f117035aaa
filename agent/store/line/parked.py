"""Changes that can't be applied: kept, so that nobody loses them unseen."""

from agent.base.clock import Millis
from agent.store.sqlite import Connection


def park_change(db: Connection, entity: str, key: str, body: bytes, why: str, at: Millis) -> None:
    """Keep a change that can't be applied, so that nobody loses it unseen."""
    db.execute(
        "INSERT INTO parked_change (entity, key, body, why, at) VALUES (?,?,?,?,?)",
        (entity, key, body, why, at),
    )
