"""Head office alone: prepared batches of several stores, beside PostgreSQL's own insert."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain as chained
from time import perf_counter

import aiohttp
import asyncpg
import msgspec
from yarl import URL

from agent.base.clock import SystemClock
from agent.domain.line.chain import GENESIS
from sync.batching import Batch
from sync.protocol.identity import Identity
from sync.protocol.limits import PROTOCOL
from sync.protocol.messages import Hello, HelloAnswer, Point
from sync.transport.request import payload
from tests.bench.chain import Chain
from tests.bench.events import BATCH
from tests.bench.floors import postgres as floor_postgres
from tests.bench.floors.postgres import Table
from tests.bench.history import Trade
from tests.bench.load import drive, post
from tests.bench.metric import Metric
from tests.bench.store import Store
from tests.bench.workshop import Workshop

STORES = 4
SALES = 5_000
"""Of each store, a repetition."""

_TABLES = ("event", "sale", "redemption")
"""Where head office writes a row for each sale with a coupon."""
_EVENTS = "/sync/v1/events"
_ORIGIN = Point(0, GENESIS.hex())
_APPLIED, _KNOWN = b'"results":[]', b"already_accepted"


def measure(workshop: Workshop) -> list[Metric]:
    """New batches, and the very same ones again: their floor is the first time."""
    rates = [_repetition(workshop) for _ in range(workshop.repetitions)]
    first, again, floor = zip(*rates, strict=True)
    return [
        Metric.of("hq_ingest_events_per_s", "1/s", first, floor),
        Metric.of("hq_repeat_events_per_s", "1/s", again, first),
    ]


@dataclass(frozen=True, kw_only=True)
class _Post:
    """A store's journal as requests, to be sent one after the other."""

    store: str
    requests: Sequence[bytes]
    again: Sequence[bytes]
    """The same, signed anew."""
    events: int


def _repetition(workshop: Workshop) -> tuple[float, float, float]:
    """Events per second of new batches, of their repetition, and of PostgreSQL's own insert."""
    chain = workshop.chain()
    posts = [_prepare(workshop) for _ in range(STORES)]
    events = sum(post.events for post in posts)
    first = workshop.run(_send(chain, posts, expect=_APPLIED))
    workshop.run(chain.settled())
    repeated = [replace(post, requests=post.again) for post in posts]
    again = workshop.run(_send(chain, repeated, expect=_KNOWN))
    batches = workshop.run(_rows(chain.hq.dsn, posts))
    floor = workshop.run(floor_postgres.insert(chain.hq.dsn, batches))
    return events / first, events / again, events / floor


def _prepare(workshop: Workshop) -> _Post:
    chain, sales = workshop.chain(), workshop.portion(SALES)
    store = workshop.run(chain.open_store(connected=True))
    coupons = workshop.run(chain.issue(store, sales))
    store.trade([coupon.coupon_id for coupon in coupons], Trade.sell)
    return workshop.run(_post(chain, store))


async def _post(chain: Chain, store: Store) -> _Post:
    """The store's whole journal, as its agent would send it after a hello, and a second time."""
    lines, told = store.lines(), Identity(store.key.install_id, 1).headers()
    await _greet(chain.url, store, lines)
    url, after = URL(chain.url + _EVENTS), _ORIGIN
    first: list[bytes] = []
    again: list[bytes] = []
    for start in range(0, len(lines), BATCH):
        batch = Batch(epoch=1, after=after, lines=lines[start : start + BATCH], full=True)
        data, encoding = await payload(batch.encoded())
        kind = {"Content-Type": "application/x-ndjson", "Content-Encoding": encoding}
        for requests in (first, again):
            proof = store.key.prove("POST", url, data, told)
            host = {"Host": url.authority}
            requests.append(post(_EVENTS, data, {**host, **kind, **told, **proof.headers}))
        after = batch.last
    return _Post(store=store.code, requests=first, again=again, events=len(lines))


async def _greet(url: str, store: Store, lines: Sequence[bytes]) -> None:
    """Say hello for a new store; head office gives its first epoch."""
    hello = Hello(
        store=store.code,
        install_id=store.key.install_id,
        epoch=0,
        last_seq=len(lines),
        last_hash=_ORIGIN.hash,
        acked_seq=0,
        cursor="",
        hq_epoch="",
        protocol=PROTOCOL,
        app_version="bench",
        clock=SystemClock().wall(),
    )
    body, at = msgspec.json.encode(hello), URL(f"{url}/sync/v1/hello")
    told = Identity(hello.install_id, 0).headers()
    headers = {**told, **store.key.prove("POST", at, body, told).headers}
    async with (
        aiohttp.ClientSession(headers=headers, raise_for_status=True) as session,
        session.post(at, data=body) as answer,
    ):
        assert msgspec.json.decode(await answer.read(), type=HelloAnswer).epoch == 1


async def _send(chain: Chain, posts: Sequence[_Post], *, expect: bytes) -> float:
    """Seconds until all stores have sent all, each one batch at a time."""
    start = perf_counter()
    loads = await asyncio.gather(
        *(drive(chain.hq.port, post.requests, callers=1, expect=expect) for post in posts)
    )
    seconds = perf_counter() - start
    for load in loads:
        load.require_clean()
    return seconds


async def _rows(dsn: str, posts: Sequence[_Post]) -> list[floor_postgres.Batch]:
    """What head office holds of the posts now, batch by batch of the stores in turns."""
    connection = await asyncpg.connect(dsn)
    try:
        twins = {name: await Table.like(connection, name) for name in _TABLES}
        return [
            [
                (twin, [tuple(row) for row in await connection.fetch(_part(name), *place)])
                for name, twin in twins.items()
            ]
            for place in _places(posts)
        ]
    finally:
        await connection.close()


def _part(table: str) -> str:
    return f"SELECT * FROM {table} WHERE store = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq"


def _places(posts: Sequence[_Post]) -> Iterator[tuple[str, int, int]]:
    """Store, first and last seq of each batch."""
    return chained.from_iterable(
        ((post.store, first, first + BATCH - 1) for post in posts if first <= post.events)
        for first in range(1, max(post.events for post in posts) + 1, BATCH)
    )
