"""Stores: adding one, letting another machine take its place, and how each is doing."""

import re
from collections.abc import Sequence

import msgspec
from asyncpg import Connection, UniqueViolationError

from agent.base.clock import HOUR_MS, Millis
from sync.hq.errors import AdminError

_CODE = re.compile(r"[A-Z0-9]{2,8}")

_ADD = "INSERT INTO store (store, name, added_at) VALUES ($1, $2, $3)"

_ADD_ROWS = (
    "INSERT INTO store_position (store) VALUES ($1)",
    "INSERT INTO store_settlement (store) VALUES ($1)",
)

_RELEASE = "UPDATE store_position SET install_id = NULL WHERE store = $1 RETURNING store"

_UNFENCED = "UPDATE store_contact SET fenced_at = NULL WHERE store = $1"

_BACKED_UP = """
UPDATE store_position SET backup_through = $2
WHERE store = $1 AND backup_through <= $2 AND accepted_seq >= $2
RETURNING store
"""

_POSITION = "SELECT accepted_seq, backup_through FROM store_position WHERE store = $1"

SILENT_MS = 1 * HOUR_MS

_REACH = """
SELECT count(*) AS stores,
    count(*) FILTER (WHERE coalesce(c.last_contact, 0) <= $1) AS silent
FROM store s LEFT JOIN store_contact c USING (store)
"""

_FIND = "SELECT store FROM store WHERE store = $1"

_LIST = """
WITH open_case AS (
    SELECT store, count(*) FROM coupon_case c
    CROSS JOIN LATERAL (VALUES (c.winner_store) UNION VALUES (c.loser_store)) AS side (store)
    WHERE c.state = 'open' GROUP BY store),
put_aside AS (SELECT store, count(*) FROM parked WHERE settled_at IS NULL GROUP BY store),
kept_apart AS (SELECT store, count(*) FROM quarantine GROUP BY store),
told AS (
    SELECT store, array_agg(rollout || ' ' || state ORDER BY rollout) AS rollouts
    FROM store_rollout GROUP BY store),
proven AS (
    SELECT store, max(coalesce(renewed_at, enrolled_at)) AS since, max(next_at) AS announced_at
    FROM store_key WHERE ended_at IS NULL GROUP BY store),
due AS (SELECT DISTINCT store FROM settlement_due)
SELECT s.store, s.name, p.epoch, p.accepted_seq AS accepted, p.backup_through,
    n.settled_seq AS settled,
    CASE WHEN due.store IS NULL THEN 0 ELSE (
        SELECT count(*) FROM event e
        WHERE e.store = s.store AND (e.epoch, e.seq) > (n.epoch, n.settled_seq)) END AS lag,
    coalesce(put_aside.count, 0) AS parked, coalesce(kept_apart.count, 0) AS quarantined,
    coalesce(open_case.count, 0) AS open_cases,
    c.parked_changes, c.last_contact, c.feed_at, c.fenced_at,
    greatest(coalesce(c.told_seq, 0) - p.accepted_seq, 0) AS not_received,
    CASE WHEN c.told_seq > p.accepted_seq THEN c.behind_since END AS behind_since,
    coalesce(c.app_version, '') AS app_version, c.clock_skew_ms,
    coalesce(c.settings_digest, '') AS settings_digest,
    coalesce(told.rollouts, ARRAY[]::text[]) AS rollouts,
    proven.since AS key_since, proven.announced_at AS key_announced_at
FROM store s JOIN store_position p USING (store) JOIN store_settlement n USING (store)
LEFT JOIN store_contact c USING (store) LEFT JOIN due USING (store)
LEFT JOIN open_case USING (store) LEFT JOIN put_aside USING (store)
LEFT JOIN kept_apart USING (store) LEFT JOIN told USING (store) LEFT JOIN proven USING (store)
WHERE $1::text IS NULL OR s.store = $1
ORDER BY s.store
"""


class StoreStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a store is doing, as HQ sees it."""

    store: str
    name: str
    epoch: int
    """0 before the first hello."""
    accepted: int
    """Seq up to which the journal is received."""
    settled: int
    """Seq up to which it has taken effect on coupons and members."""
    lag: int
    """Events received and not yet settled."""
    backup_through: int
    parked: int
    quarantined: int
    open_cases: int
    parked_changes: int | None
    """Changes of the feed that it could not read; None: its agent does not tell."""
    last_contact: Millis | None
    feed_at: Millis | None
    """When the store last held the whole change feed."""
    fenced_at: Millis | None
    """When another copy or machine with its identity was last turned away; None: never since it
    was released."""
    not_received: int
    """Events that its last hello told of, and that have not come."""
    behind_since: Millis | None
    """The first of the hellos that told of them; None: all has come."""
    app_version: str
    clock_skew_ms: int | None
    """The store's clock minus HQ's, at the last hello."""
    settings_digest: str
    """Of the settings in force there: the same settings have the same one; empty: not told."""
    rollouts: Sequence[str]
    """Each with how far the store is, such as `3 applied`."""
    key_since: Millis | None
    """When its machine's key was enrolled, or renewed by itself; None: no machine has one."""
    key_announced_at: Millis | None
    """When its machine announced another key that it has not used yet; None: it has not."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Stores that will hear of a change."""

    stores: int
    silent: int
    """Not heard for SILENT_MS: they go on as before until they are."""


async def add_store(connection: Connection, store: str, *, name: str = "", now: Millis) -> None:
    """Add a store, for which no machine speaks yet; AdminError if it is there."""
    if not _CODE.fullmatch(store):
        raise AdminError(
            "a store code is 2 to 8 capital letters or digits, got {store}", store=repr(store)
        )
    try:
        async with connection.transaction():
            await connection.execute(_ADD, store, name, now)
            for statement in _ADD_ROWS:
                await connection.execute(statement, store)
    except UniqueViolationError:
        raise AdminError(
            "{store} is there; `store-hq stores enrol {store}` lets its machine in", store=store
        ) from None


async def release_store(connection: Connection, store: str) -> None:
    """Let the next installation that says hello take the store's identity."""
    if await connection.fetchval(_RELEASE, store) is None:
        raise unknown_store(store)
    await connection.execute(_UNFENCED, store)


async def record_backup(connection: Connection, store: str, *, through: int) -> None:
    """Say that HQ's own backup holds the store's journal up to `through`: the store may prune."""
    if await connection.fetchval(_BACKED_UP, store, through) is None:
        row = await connection.fetchrow(_POSITION, store)
        if row is None:
            raise unknown_store(store)
        raise AdminError(
            "give a seq from {backed_up} (backed up) to {received} (received), got {through}",
            backed_up=row["backup_through"],
            received=row["accepted_seq"],
            through=through,
        )


async def list_stores(connection: Connection) -> list[StoreStatus]:
    """Return every store's status, by code."""
    return [StoreStatus(**row) for row in await connection.fetch(_LIST, None)]


async def find_store(connection: Connection, store: str) -> StoreStatus:
    """Return a store's status; AdminError if there is no such store."""
    row = await connection.fetchrow(_LIST, store)
    if row is None:
        raise unknown_store(store)
    return StoreStatus(**row)


async def check_store(connection: Connection, store: str) -> None:
    """Raise AdminError unless there is this store."""
    if await connection.fetchval(_FIND, store) is None:
        raise unknown_store(store)


async def reach(connection: Connection, *, now: Millis) -> Reach:
    """Say how far a change gets at once."""
    return Reach(**await connection.fetchrow(_REACH, now - SILENT_MS))


def unknown_store(store: str) -> AdminError:
    """The error for a store that was never added."""
    return AdminError(
        "there is no store {store}; `store-hq stores list` shows them, `store-hq stores add` adds"
        " one",
        store=repr(store),
    )
