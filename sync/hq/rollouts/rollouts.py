"""Rollouts as head office handles them: created, raised, paused, undone."""

from collections.abc import Sequence

import msgspec
from asyncpg import Connection, Record

from agent.base.clock import Millis
from agent.base.strict_json import canonical
from sync.hq.errors import AdminError
from sync.hq.rollouts.offering import offer, withdraw
from sync.protocol.rollouts import StagedSettings

DEFAULT_STOP_PERCENT = 5

_CREATE = """
INSERT INTO rollout (settings, version, percent, stop_percent, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $5) RETURNING *
"""
_LOCK = "SELECT * FROM rollout WHERE rollout = $1 FOR UPDATE"
_CHANGE = """
UPDATE rollout SET state = $2, percent = $3, why = $4, changed_at = $5
WHERE rollout = $1 RETURNING *
"""
_LIST = """
SELECT o.rollout, o.settings, o.version, o.percent, o.stop_percent, o.state, o.why,
    o.created_at, o.changed_at,
    count(r.store) FILTER (WHERE r.state <> 'withdrawn') AS offered,
    count(r.store) FILTER (WHERE r.state = 'applied') AS applied,
    (SELECT count(*) FROM rollout_trouble t WHERE t.rollout = o.rollout) AS trouble
FROM rollout o LEFT JOIN store_rollout r USING (rollout)
WHERE $1::bigint IS NULL OR o.rollout = $1
GROUP BY o.rollout ORDER BY o.rollout
"""
_STORES = """
SELECT r.store, r.state, coalesce(t.why, '') AS trouble, r.offered_at, r.told_at,
    coalesce(c.app_version, '') AS app_version
FROM store_rollout r LEFT JOIN rollout_trouble t USING (store, rollout)
LEFT JOIN store_contact c USING (store)
WHERE r.rollout = $1 ORDER BY r.store
"""


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout, and how far it is."""

    rollout: int
    settings: str
    """JSON; empty for a version."""
    version: str
    percent: int
    stop_percent: int
    """It stops by itself when a greater share of the stores that answered is in trouble."""
    state: str
    why: str
    """Why it stopped."""
    offered: int
    """Stores that were told."""
    applied: int
    trouble: int
    created_at: Millis
    changed_at: Millis

    @property
    def what(self) -> str:
        """What is handed out, for people."""
        return self.settings or self.version


class StoreInRollout(msgspec.Struct, frozen=True, kw_only=True):
    """How far one store is."""

    store: str
    state: str
    trouble: str
    """Why it counts as one in trouble; empty if it does not."""
    app_version: str
    offered_at: Millis
    told_at: Millis | None


async def create(
    connection: Connection,
    *,
    settings: StagedSettings | None,
    version: str,
    percent: int,
    stop_percent: int,
    now: Millis,
) -> Rollout:
    """Begin a rollout of settings or of a version, and tell the first stores."""
    text = canonical(settings).decode() if settings else ""
    async with connection.transaction():
        row = await connection.fetchrow(_CREATE, text, version, percent, stop_percent, now)
        await offer(connection, row, now=now)
        return await find(connection, row["rollout"])


async def raise_to(connection: Connection, rollout: int, percent: int, *, now: Millis) -> Rollout:
    """Hand it to more stores; go on with one that was paused or stopped."""
    async with connection.transaction():
        row = await _locked(connection, rollout)
        if percent < row["percent"]:
            raise AdminError(
                "rollout {rollout} is at {percent} % and can't shrink: `rollouts undo` ends it",
                rollout=rollout,
                percent=row["percent"],
            )
        row = await connection.fetchrow(_CHANGE, rollout, "running", percent, "", now)
        await offer(connection, row, now=now)
        return await find(connection, rollout)


async def pause(connection: Connection, rollout: int, *, now: Millis) -> Rollout:
    """Tell no more stores; those that were told keep it."""
    async with connection.transaction():
        row = await _locked(connection, rollout)
        await connection.fetchrow(_CHANGE, rollout, "paused", row["percent"], "", now)
        return await find(connection, rollout)


async def undo(connection: Connection, rollout: int, *, now: Millis) -> Sequence[str]:
    """Take it back from every store that was told; return which."""
    async with connection.transaction():
        row = await _locked(connection, rollout)
        await connection.fetchrow(_CHANGE, rollout, "undone", row["percent"], "", now)
        return await withdraw(connection, row, untaken_only=False)


async def stop(connection: Connection, row: Record, *, why: str, now: Millis) -> None:
    """Stop it for its harm: no more stores, and it is taken back where nobody answered yet."""
    await connection.fetchrow(_CHANGE, row["rollout"], "stopped", row["percent"], why, now)
    await withdraw(connection, row, untaken_only=True)


async def list_rollouts(connection: Connection) -> list[Rollout]:
    """Return all, in order."""
    return [Rollout(**row) for row in await connection.fetch(_LIST, None)]


async def find(connection: Connection, rollout: int) -> Rollout:
    """Return one; AdminError if there is none of that number."""
    row = await connection.fetchrow(_LIST, rollout)
    if row is None:
        raise _unknown(rollout)
    return Rollout(**row)


async def stores_of(connection: Connection, rollout: int) -> list[StoreInRollout]:
    """Return the stores that were told of it."""
    return [StoreInRollout(**row) for row in await connection.fetch(_STORES, rollout)]


async def _locked(connection: Connection, rollout: int) -> Record:
    row = await connection.fetchrow(_LOCK, rollout)
    if row is None:
        raise _unknown(rollout)
    if row["state"] == "undone":
        raise AdminError("rollout {rollout} was undone; create another", rollout=rollout)
    return row


def _unknown(rollout: int) -> AdminError:
    return AdminError("there is no rollout {rollout}; `store-hq rollouts list`", rollout=rollout)
