"""Waiting for what another connection or process does."""

import asyncio
from urllib.parse import urlsplit

import asyncpg

DEADLINE_S = 20

_BLOCKED = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"

_SETTLED = """
SELECT count(*) = 0 FROM event e JOIN store_settlement s USING (store)
WHERE (e.epoch, e.seq) > (s.epoch, s.settled_seq)
"""


async def until_somebody_is_blocked(connection: asyncpg.Connection) -> None:
    """Return when some transaction waits for a lock."""
    await _until(connection, _BLOCKED)


async def until_all_is_settled(connection: asyncpg.Connection) -> None:
    """Return when no received event waits for its settlement."""
    await _until(connection, _SETTLED)


async def until_nobody_listens(url: str) -> None:
    """Return when connections to `url` are refused."""
    place = urlsplit(url)
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(place.hostname, place.port)
            except (ConnectionRefusedError, ConnectionResetError):  # shut amid the greeting
                return
            writer.close()
            await writer.wait_closed()


async def _until(connection: asyncpg.Connection, query: str) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await connection.fetchval(query):
            await connection.execute("SELECT pg_sleep(0.005)")
