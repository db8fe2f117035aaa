"""The incarnation of HQ's database: another one after a backup was restored."""

from asyncpg import Connection

_READ = "SELECT hq_epoch::text FROM hq"


async def hq_epoch(connection: Connection) -> str:
    """Return the present incarnation, a UUID."""
    return str(await connection.fetchval(_READ))
