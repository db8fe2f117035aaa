"""The incarnation of HQ's database: a new one after a backup was restored."""

from asyncpg import Connection, Pool

_READ = "SELECT hq_epoch::text FROM hq"

_RENEW = "UPDATE hq SET hq_epoch = gen_random_uuid() RETURNING hq_epoch::text"

_REBASE_FEED = "UPDATE change SET place = 0"
"""Transaction numbers of the former cluster mean nothing here; the ids keep the order."""


async def hq_epoch(connection: Connection | Pool) -> str:
    """Return the present incarnation, a UUID."""
    return str(await connection.fetchval(_READ))


async def begin_incarnation(connection: Connection) -> str:
    """Begin a new incarnation after a restored backup: every store reads the feed from its start.

    Head office's servers must not be running.
    """
    async with connection.transaction():
        await connection.execute(_REBASE_FEED)
        return str(await connection.fetchval(_RENEW))
