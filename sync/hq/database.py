"""HQ's connections to PostgreSQL, and how its failures are told apart."""

from collections.abc import Awaitable, Callable

import asyncpg

from sync.hq.settings import DatabaseSection

CONNECT_TIMEOUT_S = 5.0
IDLE_CONNECTION_S = 60.0
"""A connection unused for longer is given back to PostgreSQL."""
RETRY_AFTER_S = 2

LOST = (
    ConnectionResetError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg, of a connection that ends while it is being opened
    asyncpg.OperatorInterventionError,  # shutting down, starting up, terminated
    asyncpg.InsufficientResourcesError,  # connections, memory, disk
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # the standby, before it is promoted
)
"""A connection or its query ended; nothing but the database ends like this."""

UNAVAILABLE = (OSError, *LOST)
"""The database can't be asked now; the same may work in a moment. Where no file is touched."""

REFUSED = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""PostgreSQL does not take these values; it never will."""

_SESSION = {
    "application_name": "store-hq",
    "synchronous_commit": "on",  # what is answered is durable, whatever the database's default
    "jit": "off",
    # The change feed waits for the oldest open transaction: none of ours is forgotten for long.
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}


Admit = Callable[[asyncpg.Connection], Awaitable[None]]


def create_pool(
    settings: DatabaseSection, *, statement_timeout_ms: int = 0, admit: Admit | None = None
) -> asyncpg.Pool:
    """Return a pool that connects when it is first asked; enter it with `async with`.

    `admit` sees each new connection first; what it raises is raised to who asked for one.
    """
    return asyncpg.create_pool(
        settings.dsn,
        min_size=0,
        max_size=settings.pool_size,
        timeout=CONNECT_TIMEOUT_S,
        max_inactive_connection_lifetime=IDLE_CONNECTION_S,
        init=admit,
        server_settings=_SESSION | {"statement_timeout": str(statement_timeout_ms)},
    )


async def connect(settings: DatabaseSection) -> asyncpg.Connection:
    """Return one connection, for the command line; the caller closes it."""
    return await asyncpg.connect(settings.dsn, timeout=CONNECT_TIMEOUT_S, server_settings=_SESSION)
