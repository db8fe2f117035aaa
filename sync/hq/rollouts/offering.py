"""Telling stores of a rollout, and taking it back. The rollout's row is locked by the caller."""

from collections.abc import Sequence

import msgspec
from asyncpg import Connection, Record

from agent.base.clock import Millis
from sync.hq.feed.announce import Announcement, announce
from sync.hq.rollouts.choice import is_chosen
from sync.protocol.messages import Entity
from sync.protocol.rollouts import RolloutChange, RolloutState, StagedSettings

_NOT_OFFERED = """
SELECT s.store FROM store s WHERE NOT EXISTS (
    SELECT FROM store_rollout r
    WHERE r.store = s.store AND r.rollout = $1 AND r.state <> 'withdrawn')
ORDER BY s.store
"""

_OFFER = """
INSERT INTO store_rollout AS r (store, rollout, offered_at, parked_before)
SELECT s.store, $1, $3, coalesce(c.parked_changes, 0)
FROM unnest($2::text[]) AS s (store) LEFT JOIN store_contact c USING (store)
ON CONFLICT (store, rollout) DO UPDATE SET offered_at = excluded.offered_at,
    parked_before = excluded.parked_before, state = 'offered', told_at = NULL
"""

_WITHDRAW = """
UPDATE store_rollout SET state = 'withdrawn'
WHERE rollout = $1 AND state <> 'withdrawn' AND (told_at IS NULL OR NOT $2::boolean)
RETURNING store
"""


async def offer(connection: Connection, row: Record, *, now: Millis) -> list[str]:
    """Tell every chosen store that was not told; return which."""
    rollout = row["rollout"]
    waiting = [one["store"] for one in await connection.fetch(_NOT_OFFERED, rollout)]
    chosen = [store for store in waiting if is_chosen(store, rollout, row["percent"])]
    if chosen:
        await connection.execute(_OFFER, rollout, chosen, now)
        await _tell(connection, chosen, row, RolloutState.WANTED)
    return chosen


async def withdraw(connection: Connection, row: Record, *, untaken_only: bool) -> list[str]:
    """Take it back from the stores that were told, or from those that did not answer yet."""
    rows = await connection.fetch(_WITHDRAW, row["rollout"], untaken_only)
    stores = sorted(one["store"] for one in rows)
    await _tell(connection, stores, row, RolloutState.WITHDRAWN)
    return stores


async def _tell(
    connection: Connection, stores: Sequence[str], row: Record, state: RolloutState
) -> None:
    change = RolloutChange(
        rollout=row["rollout"],
        state=state,
        settings=settings_of(row["settings"]),
        version=row["version"],
    )
    key = str(row["rollout"])
    await announce(
        connection, *(Announcement(store, Entity.ROLLOUT, key, change) for store in stores)
    )


def settings_of(text: str) -> StagedSettings | None:
    """Return the settings as the database holds them; None for a version."""
    return msgspec.json.decode(text, type=StagedSettings) if text else None
