"""When each store was last heard, and how far it has the feed: for people to look at."""

from asyncpg import Connection, Pool

from agent.base.clock import SECOND_MS, Clock
from sync.hq.unread import note_parked
from sync.protocol.messages import Hello

NOTED_EVERY_MS = 10 * SECOND_MS
"""Polls of the feed between are not written down."""

_GREETED = """
INSERT INTO store_contact AS c (
    store, last_contact, app_version, clock_skew_ms, cursor, parked_changes, settings_digest,
    told_seq, behind_since)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE
    WHEN $8 > (SELECT accepted_seq FROM store_position WHERE store = $1) THEN $2::bigint END)
ON CONFLICT (store) DO UPDATE SET last_contact = excluded.last_contact,
    app_version = excluded.app_version, clock_skew_ms = excluded.clock_skew_ms,
    cursor = excluded.cursor, parked_changes = excluded.parked_changes,
    settings_digest = excluded.settings_digest, told_seq = excluded.told_seq,
    behind_since = CASE
        WHEN c.told_seq > (SELECT accepted_seq FROM store_position WHERE store = $1)
        THEN least(c.behind_since, excluded.behind_since) ELSE excluded.behind_since END
"""

_TURNED_AWAY = """
INSERT INTO store_contact (store, fenced_at) VALUES ($1, $2)
ON CONFLICT (store) DO UPDATE SET fenced_at = excluded.fenced_at
"""

_POLLED = """
INSERT INTO store_contact AS c (store, last_contact, cursor, feed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (store) DO UPDATE SET last_contact = excluded.last_contact,
    cursor = excluded.cursor, feed_at = coalesce(excluded.feed_at, c.feed_at)
"""


class ContactBook:
    """Notes contacts; polls, which are many, not each."""

    def __init__(self, *, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._noted_at: dict[str, int] = {}

    async def greeted(self, connection: Connection, hello: Hello, *, now: int) -> None:
        """Note a hello within its transaction."""
        skew = hello.clock - now
        digest = hello.running.settings.replace("\0", "") if hello.running else ""
        told = hello.app_version, skew, hello.cursor, hello.parked_count, digest, hello.last_seq
        await connection.execute(_GREETED, hello.store, now, *told)
        await note_parked(connection, hello, now=now)

    async def turned_away(self, connection: Connection, store: str, *, now: int) -> None:
        """Note that another copy or machine with the store's identity was fenced."""
        await connection.execute(_TURNED_AWAY, store, now)

    async def replaced(self, store: str) -> None:
        """Note that a machine asks whose place another one has taken; not each time."""
        tick, name = self._clock.monotonic_ms(), f"{store} replaced"
        if tick - self._noted_at.get(name, -NOTED_EVERY_MS) >= NOTED_EVERY_MS:
            await self._pool.execute(_TURNED_AWAY, store, self._clock.wall())
            self._noted_at[name] = tick

    async def polled(self, store: str, *, cursor: str, whole: bool) -> None:
        """Note that `store` asks for what follows `cursor`; `whole`: nothing follows."""
        tick = self._clock.monotonic_ms()
        if tick - self._noted_at.get(store, -NOTED_EVERY_MS) < NOTED_EVERY_MS:
            return
        now = self._clock.wall()
        await self._pool.execute(_POLLED, store, now, cursor, now if whole else None)
        self._noted_at[store] = tick
