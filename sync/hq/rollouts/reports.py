"""What stores tell of rollouts in their hello."""

from asyncpg import Connection

from agent.base.clock import Millis
from sync.protocol.messages import Hello

_TOLD = """
UPDATE store_rollout r SET told_at = $4, state = CASE
    WHEN told.state = 'wanted' AND r.state IN ('applied', 'rolled_back') THEN 'rolled_back'
    ELSE told.state END
FROM unnest($2::bigint[], $3::text[]) AS told (rollout, state)
WHERE r.store = $1 AND r.rollout = told.rollout AND r.state <> 'withdrawn'
"""


async def note_running(connection: Connection, hello: Hello, *, now: Millis) -> None:
    """Note how far the store is, within the hello's transaction."""
    running = hello.running
    if running is not None and running.rollouts:
        told = {one.rollout: one.state.replace("\0", "") for one in running.rollouts}
        await connection.execute(_TOLD, hello.store, list(told), list(told.values()), now)
