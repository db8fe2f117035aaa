"""Watches running rollouts: tells stores that came later, and stops one that does harm."""

import asyncio

from asyncpg import Connection, Pool

from agent.base.clock import Clock, Millis
from agent.base.logging import get_logger
from sync.hq.rollouts.offering import offer
from sync.hq.rollouts.rollouts import stop

LOOK_S = 5.0
"""Between looks. Several processes may look: each rollout's row is locked meanwhile."""
MAX_NAMED = 5
"""Stores that are named in the reason."""

_RUNNING = "SELECT * FROM rollout WHERE state = 'running' FOR UPDATE SKIP LOCKED"
_ANSWERED = """
SELECT count(*) FROM store_rollout r WHERE r.rollout = $1 AND r.state <> 'withdrawn'
    AND (r.told_at IS NOT NULL OR EXISTS (
        SELECT FROM rollout_trouble t WHERE t.store = r.store AND t.rollout = r.rollout))
"""
_TROUBLE = "SELECT store, why FROM rollout_trouble WHERE rollout = $1 ORDER BY store"

log = get_logger(__name__)


def is_harmful(*, answered: int, trouble: int, stop_percent: int) -> bool:
    """Whether a greater share of the stores that answered is in trouble than may be."""
    return trouble * 100 > stop_percent * answered


class RolloutWatch:
    """A task that looks until it is cancelled."""

    def __init__(self, *, pool: Pool, clock: Clock, every_s: float = LOOK_S) -> None:
        self._pool = pool
        self._clock = clock
        self._every_s = every_s

    async def run(self) -> None:
        """Look for ever; an outage of the database is waited out."""
        failing = False
        while True:
            try:
                async with self._pool.acquire() as connection:
                    await look(connection, now=self._clock.wall())
                failing = False
            except Exception as error:  # noqa: BLE001 - a fault here must not end the receiving
                if not failing:
                    log.warning("rollouts_not_watched", error=repr(error))
                failing = True
            await asyncio.sleep(self._every_s)


async def look(connection: Connection, *, now: Millis) -> None:
    """Stop what does harm, and offer the rest to chosen stores that were not told yet."""
    async with connection.transaction():
        for row in await connection.fetch(_RUNNING):
            trouble = await connection.fetch(_TROUBLE, row["rollout"])
            answered = await connection.fetchval(_ANSWERED, row["rollout"])
            if is_harmful(
                answered=answered, trouble=len(trouble), stop_percent=row["stop_percent"]
            ):
                named = ", ".join(f"{one['store']} {one['why']}" for one in trouble[:MAX_NAMED])
                why = f"{len(trouble)} of {answered}: {named}"
                await stop(connection, row, why=why, now=now)
                log.error("rollout_stopped", rollout=row["rollout"], why=why)
            else:
                await offer(connection, row, now=now)
