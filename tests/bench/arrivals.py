"""Tells when events have arrived at head office: PostgreSQL notifies with the commit itself.

A row trigger on the table that moves with each batch is the same small cost for floor and product.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import asyncpg

TIMEOUT_S = 30.0

_CHANNEL = "bench_arrived"

_TRIGGER = """
CREATE OR REPLACE FUNCTION {table}_arrived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('{channel}', NEW.store || ' ' || NEW.{seq});
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {table}_arrived AFTER INSERT OR UPDATE OF {seq} ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_arrived()
"""


class Arrivals:
    """Hears of one store's events."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._seq = 0
        self._at = 0.0
        self._moved = asyncio.Event()

    async def of(self, seq: int) -> float:
        """perf_counter of the moment when head office said that it holds `seq`; TimeoutError."""
        async with asyncio.timeout(TIMEOUT_S):
            while self._seq < seq:
                self._moved.clear()
                await self._moved.wait()
        return self._at

    def hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """Take a notification."""
        now = perf_counter()
        store, seq = str(payload).split()
        if store == self._store:
            self._seq, self._at = int(seq), now
            self._moved.set()


@asynccontextmanager
async def watch(dsn: str, store: str, *, table: str, seq: str) -> AsyncIterator[Arrivals]:
    """Watch column `seq` of `table` in the database `dsn` for rows of `store`."""
    arrivals = Arrivals(store)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_TRIGGER.format(table=table, seq=seq, channel=_CHANNEL))
        await connection.add_listener(_CHANNEL, arrivals.hear)
        yield arrivals
    finally:
        await connection.execute(f"DROP FUNCTION IF EXISTS {table}_arrived() CASCADE")
        await connection.close()
