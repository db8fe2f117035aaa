"""Serves snapshots: made when a store needs one, and the same bytes to all who want the same."""

import asyncio
import hashlib
from functools import partial
from typing import NamedTuple

from asyncpg import Connection, Pool, Record

from agent.base.clock import Clock
from agent.base.logging import get_logger
from agent.base.problem import ProblemError
from sync.hq.feed.announce import EVERY_STORE
from sync.hq.feed.cursor import Cursor, Position
from sync.hq.feed.head import read_head
from sync.hq.feed.state import make_snapshot
from sync.protocol.identity import Identity
from sync.protocol.snapshots import Snapshot, SnapshotPage

MAX_TAIL = 5_000
"""A snapshot behind which the feed holds more than this is made anew."""
MAX_MADE_AT_ONCE = 2
"""By one process: each takes a connection and seconds of PostgreSQL."""
WAIT_S = 5.0
"""A store is asked to come again when its snapshot takes longer."""
AGAIN_S = 2

_NEWEST = """
SELECT s.snapshot, s.urgent_place, s.urgent_id, s.rest_place, s.rest_id
FROM snapshot s WHERE s.store = $1 AND s.hq_epoch::text = $2 ORDER BY s.snapshot DESC LIMIT 1
"""

_TAIL = """
SELECT (SELECT count(*) FROM (
        SELECT FROM change WHERE store = $1 AND lane = 1 AND (place, id) > ($2, $3) LIMIT $6) a)
    + (SELECT count(*) FROM (
        SELECT FROM change WHERE store = $1 AND lane = 2 AND (place, id) > ($4, $5) LIMIT $6) b)
"""

_PAGES = """
SELECT sha256, length(data) AS bytes, changes FROM snapshot_page
WHERE store = $1 AND snapshot = $2 ORDER BY number
"""

_PAGE = """
SELECT store, snapshot, data FROM snapshot_page
WHERE sha256 = $1 AND store IN ($2, '*') LIMIT 1
"""

_DROP = """
WITH gone AS (DELETE FROM snapshot_page WHERE (store, snapshot) = ($1, $2))
DELETE FROM snapshot WHERE (store, snapshot) = ($1, $2)
"""

# Two processes make one audience's snapshot one after the other; the second finds the first's.
_LOCK = "SELECT pg_advisory_lock(hashtext('snapshot'), hashtext($1))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('snapshot'), hashtext($1))"

_log = get_logger(__name__)


class _Part(NamedTuple):
    """What is for all stores, or for one."""

    urgent: Position
    rest: Position
    pages: tuple[SnapshotPage, ...]


class SnapshotDesk:
    """Gives each store what is for all, and what is for it alone."""

    def __init__(self, *, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._making: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(MAX_MADE_AT_ONCE)

    async def manifest(self, store: str, identity: Identity) -> Snapshot:
        """Return the store's snapshot; ProblemError 403, or 503 while it is being made."""
        async with self._pool.acquire() as connection:
            head = await read_head(connection, store, identity)
        for audience in (EVERY_STORE, store):
            await self._ensure(audience, head.hq_epoch)
        async with self._pool.acquire() as connection:
            everyone = await _part(connection, EVERY_STORE, head.hq_epoch)
            own = await _part(connection, store, head.hq_epoch)
        positions = everyone.urgent, own.urgent, everyone.rest, own.rest
        return Snapshot(
            cursor=str(Cursor(positions, head.hq_epoch[:8])),
            hq_epoch=head.hq_epoch,
            server_time=self._clock.wall(),
            pages=everyone.pages + own.pages,
            place=head.next_place,
        )

    async def page(self, store: str, identity: Identity, sha256: str) -> bytes:
        """Return the page of that name; ProblemError 403, or 410 when it is there no more."""
        async with self._pool.acquire() as connection:
            await read_head(connection, store, identity)
            row = await connection.fetchrow(_PAGE, sha256, store)
            if row is not None and hashlib.sha256(row["data"]).hexdigest() != sha256:
                _log.error("snapshot_page_damaged", store=row["store"], sha256=sha256)
                await connection.execute(_DROP, row["store"], row["snapshot"])
                row = None
        if row is None:
            raise ProblemError(410, "snapshot_gone", "there is no such page any more; begin anew")
        return bytes(row["data"])

    async def stop(self) -> None:
        """Break off what is being made."""
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)

    async def _ensure(self, audience: str, hq_epoch: str) -> None:
        async with self._pool.acquire() as connection:
            if await _is_good(connection, audience, hq_epoch):
                return
        if audience not in self._making:
            self._making[audience] = task = asyncio.create_task(self._make(audience, hq_epoch))
            task.add_done_callback(partial(self._made, audience))
        done, _ = await asyncio.wait({self._making[audience]}, timeout=WAIT_S)
        if not done:
            wait = {"Retry-After": str(AGAIN_S)}
            raise ProblemError(503, "snapshot_in_making", "come again", headers=wait)
        done.pop().result()

    def _made(self, audience: str, task: asyncio.Task[None]) -> None:
        del self._making[audience]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("snapshot_not_made", store=audience, error=repr(error))

    async def _make(self, audience: str, hq_epoch: str) -> None:
        async with self._turns, self._pool.acquire() as connection:
            await connection.execute("SET statement_timeout = 0")  # the lock may take long
            await connection.execute(_LOCK, audience)
            try:
                if not await _is_good(connection, audience, hq_epoch):
                    await make_snapshot(connection, audience, now=self._clock.wall())
            finally:
                await connection.execute(_UNLOCK, audience)


async def _is_good(connection: Connection, audience: str, hq_epoch: str) -> bool:
    row = await connection.fetchrow(_NEWEST, audience, hq_epoch)
    if row is None:
        return False
    places = row["urgent_place"], row["urgent_id"], row["rest_place"], row["rest_id"]
    return bool(await connection.fetchval(_TAIL, audience, *places, MAX_TAIL) < MAX_TAIL)


async def _part(connection: Connection, audience: str, hq_epoch: str) -> _Part:
    row = await connection.fetchrow(_NEWEST, audience, hq_epoch)
    if row is None:
        raise ProblemError(410, "snapshot_gone", "HQ's database is another one by now")
    pages = await connection.fetch(_PAGES, audience, row["snapshot"])
    return _Part(
        urgent=Position(row["urgent_place"], row["urgent_id"]),
        rest=Position(row["rest_place"], row["rest_id"]),
        pages=tuple(_page(page) for page in pages),
    )


def _page(row: Record) -> SnapshotPage:
    return SnapshotPage(row["sha256"], row["bytes"], row["changes"])
