"""The floor of the way to head office: a SQLite outbox posted to a receiver that only inserts.

No signatures, retries or effects. Durable on both sides: the receiver answers after PostgreSQL's
commit, and the store commits the acknowledgement with synchronous=FULL before it sends on.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

import aiohttp
import asyncpg
import msgspec
import pysqlite3
from aiohttp import web

from tests.bench.arrivals import watch
from tests.bench.events import BATCH, Event
from tests.bench.floors.postgres import EVENTS, columns, event_row
from tests.bench.floors.store import commit_one, open_database
from tests.bench.process import ServerProcess, serve

MAX_BODY_BYTES = 16 << 20
WARM_UP_EVENTS = 50
PACE_S = 0.02
"""Between two live events: a till has its pauses, and what follows an event has time to end."""


class FloorSync:
    """A receiver process as a context, and stores that post to it, one a measurement."""

    def __init__(self, *, dsn: str, directory: Path) -> None:
        self._dsn = dsn
        self._directory = directory
        self._receiver = ServerProcess(__name__, [dsn])
        self._numbers = count(1)

    def __enter__(self) -> "FloorSync":
        self._receiver.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._receiver.stop()

    def drain(self, backlog: Sequence[Event]) -> float:
        """Seconds from the first read of a full outbox to the last durable acknowledgement."""
        return asyncio.run(self._drain(backlog))

    def live(self, sales: Sequence[Event]) -> list[float]:
        """Seconds from each commit at the store until head office holds it, one at a time.

        PACE_S lies between them. The first WARM_UP_EVENTS are sent and not counted.
        """
        return asyncio.run(self._live(sales))

    async def _drain(self, backlog: Sequence[Event]) -> float:
        async with self._store() as store:
            store.fill(backlog)
            start = perf_counter()
            while await store.send_batch():
                pass
            seconds = perf_counter() - start
            await self._demand_at_hq(store.name, len(backlog))
        return seconds

    async def _live(self, sales: Sequence[Event]) -> list[float]:
        latencies_s: list[float] = []
        async with (
            self._store() as store,
            watch(self._dsn, store.name, table=EVENTS.name, seq="seq") as arrivals,
        ):
            for sale in sales:
                await asyncio.sleep(PACE_S)
                store.sell(sale)
                committed = perf_counter()
                await store.send_batch()
                latencies_s.append(await arrivals.of(sale.seq) - committed)
            await self._demand_at_hq(store.name, len(sales))
        return latencies_s[WARM_UP_EVENTS:]

    @asynccontextmanager
    async def _store(self) -> AsyncIterator["_Store"]:
        name = f"store-{next(self._numbers)}"
        database = open_database(self._directory / f"{name}.db")
        try:
            async with aiohttp.ClientSession() as session:
                url = f"http://127.0.0.1:{self._receiver.port}/events/{name}"
                yield _Store(name=name, database=database, session=session, url=url)
        finally:
            database.close()

    async def _demand_at_hq(self, store: str, sent: int) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            query = f"SELECT count(*) FROM {EVENTS.name} WHERE store = $1"
            there = await connection.fetchval(query, store)
        finally:
            await connection.close()
        if there != sent:
            raise RuntimeError(f"{store} sent {sent} events, head office has {there}")


class _Store:
    """One store's journal, read past the acknowledged seq and posted."""

    def __init__(
        self,
        *,
        name: str,
        database: pysqlite3.Connection,
        session: aiohttp.ClientSession,
        url: str,
    ) -> None:
        self.name = name
        self._database = database
        self._session = session
        self._url = url
        self._encoder = msgspec.json.Encoder()

    def fill(self, backlog: Sequence[Event]) -> None:
        """Put a backlog into the journal at once."""
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany(
            "INSERT INTO journal VALUES (?, ?, ?)",
            [(event.seq, event.event_id, bytes(event.body)) for event in backlog],
        )
        self._database.execute("COMMIT")

    def sell(self, sale: Event) -> None:
        """Commit the four rows of a sale, durable on return."""
        commit_one(self._database, (sale.event_id, sale.event_id, 12800, bytes(sale.body)))

    async def send_batch(self) -> bool:
        """Post the next batch and commit its acknowledgement; False when nothing waits."""
        rows = self._database.execute(
            "SELECT seq, event_id, body FROM journal"
            " WHERE seq > (SELECT acked_seq FROM position) ORDER BY seq LIMIT ?",
            (BATCH,),
        ).fetchall()
        if not rows:
            return False
        await self._post(
            [Event(seq=seq, event_id=id_, body=msgspec.Raw(body)) for seq, id_, body in rows]
        )
        self._database.execute("UPDATE position SET acked_seq = ?", (rows[-1][0],))
        return True

    async def _post(self, batch: list[Event]) -> None:
        body = self._encoder.encode_lines(batch)
        async with self._session.post(self._url, data=body) as answer:
            await answer.read()
            answer.raise_for_status()


def _receiver(pool: asyncpg.Pool) -> web.Application:
    decoder = msgspec.json.Decoder(Event)
    insert = EVENTS.insert_sql()

    async def receive(request: web.Request) -> web.Response:
        store = request.match_info["store"]
        rows = [event_row(store, event) for event in decoder.decode_lines(await request.read())]
        await pool.execute(insert, *columns(rows))
        return web.Response(body=b"{}", content_type="application/json")

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_post("/events/{store}", receive)
    return app


async def _main(dsn: str) -> None:
    async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
        await pool.execute(EVENTS.create_sql())
        await serve(_receiver(pool))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
