"""Unsynced (待同步): what head office has not confirmed yet."""

from msgspec import Struct

from agent.base.clock import Millis
from agent.store.line import journal, sync_state
from agent.store.sqlite import Connection


class Unsynced(Struct, frozen=True, kw_only=True):
    """待同步: what head office has not confirmed. It stays here, whoever signs out."""

    pending: int
    """Events."""
    oldest_at: Millis | None


NOTHING = Unsynced(pending=0, oldest_at=None)
"""Of a training desk: nothing of it is ever synced."""


def unsynced(db: Connection) -> Unsynced:
    """Return what is not confirmed."""
    acked = sync_state.get(db).acked.seq
    return Unsynced(
        pending=journal.tip(db).seq - acked, oldest_at=journal.occurred_at(db, acked + 1)
    )
