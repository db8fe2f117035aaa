"""Head office with ten thousand stores, in a database of its own: what one more store costs it.

In processor time of both processes, which other work on the machine does not change.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from time import process_time

import asyncpg

from sync.hq.database import connect
from sync.hq.line import list_events
from sync.hq.migrations import migrate
from sync.hq.settings import DatabaseSection
from sync.hq.settlement.settler import settle
from sync.hq.stores import list_stores
from tests.bench.chain import Chain
from tests.bench.metric import Metric
from tests.bench.workshop import Workshop

STORES, FEW = 10_000, 200
SENDING = 200
"""Stores that have sent a batch."""
CASES = 5_000
EVENTS = 400_000
_AT = 1_800_000_000_000

_ADD_STORES = """
WITH added AS (
    INSERT INTO store (store, name, added_at)
    SELECT 'S' || n, '', $2 FROM generate_series(1, $1) AS n RETURNING store),
placed AS (INSERT INTO store_position (store) SELECT store FROM added)
INSERT INTO store_settlement (store) SELECT store FROM added
"""
_ADD_EVENTS = """
INSERT INTO event (
    store, epoch, seq, event_id, kind, occurred_at, received_at, duplicate, hash, line)
SELECT 'S' || 1 + n % $1, 1, 1 + n / $1, gen_random_uuid(), 'sale.recorded/1', $3, $3, false,
    '\\x00'::bytea, '\\x7b7d'::bytea
FROM generate_series(0, $2 - 1) AS n
"""
_ALL_SETTLED = "UPDATE store_settlement SET epoch = 1, settled_seq = 1000000"
_ADD_CASES = """
INSERT INTO coupon_case (coupon_id, case_id, state, ground, winner_store, winner_redemption_id,
    loser_store, loser_redemption_id, opened_at)
SELECT n::text, n::text, 'open', 'arrival', 'S' || 1 + n % $2, '', 'S' || 1 + n * 7 % $2, '', $3
FROM generate_series(1, $1) AS n
"""
_RECEIVED = """
WITH sent AS (
    INSERT INTO event (
        store, epoch, seq, event_id, kind, occurred_at, received_at, duplicate, hash, line)
    SELECT 'S' || n, 2, 1, gen_random_uuid(), 'coupon.redeemed/1', $2, $2, false, '\\x00'::bytea,
        '\\x7b7d'::bytea
    FROM generate_series(1, $1) AS n RETURNING store),
used AS (
    INSERT INTO redemption (
        store, epoch, seq, n, redemption_id, coupon_id, campaign, discount_fen, at_risk, bound,
        policy_version, till, receipt, occurred_at, received_at)
    SELECT store, 2, 1, 0, store, md5(store), 1, 500, true, false, 1, 'T1', '', $2, $2 FROM sent)
INSERT INTO settlement_due (store) SELECT store FROM sent
"""


def measure(workshop: Workshop) -> list[Metric]:
    """Settling, beside a hundred stores; and looking at all of them, beside one empty question."""
    few = workshop.run(_measured(workshop.chain(), "few_stores", FEW, workshop))
    many = workshop.run(_measured(workshop.chain(), "many_stores", STORES, workshop))
    return [
        Metric.of("settle_store_cpu_ms", "ms", [many["settle"]], [few["settle"]]),
        Metric.of("stores_list_cpu_s", "s", [many["list"]], [few["list"]]),
        Metric.of("events_of_a_kind_cpu_ms", "ms", [many["kind"]], [few["kind"]]),
    ]


async def _measured(
    chain: Chain, database: str, stores: int, workshop: Workshop
) -> dict[str, float]:
    async with chain.hq.connection() as connection:
        await connection.execute(f"CREATE DATABASE {database}")
    connection = await connect(DatabaseSection(dsn=chain.hq.postgres.dsn(database)))
    try:
        await _fill(connection, stores, workshop.portion(EVENTS * stores // STORES))
        return {
            "settle": 1_000 * await _spent(connection, lambda: _settle_all(connection)) / SENDING,
            "list": await _spent(connection, lambda: list_stores(connection)),
            "kind": 1_000 * await _spent(connection, lambda: _seldom_events(connection)),
        }
    finally:
        await connection.close()


async def _fill(connection: asyncpg.Connection, stores: int, events: int) -> None:
    await migrate(connection)
    await connection.execute(_ADD_STORES, stores, _AT)
    await connection.execute(_ADD_EVENTS, stores, events, _AT)
    await connection.execute(_ALL_SETTLED)
    await connection.execute(_ADD_CASES, CASES * stores // STORES, stores, _AT)
    await connection.execute(_RECEIVED, SENDING, _AT)
    await connection.execute("VACUUM ANALYZE")


async def _settle_all(connection: asyncpg.Connection) -> None:
    for _ in range(SENDING):
        if not await settle(connection, limit=500, now=_AT):
            raise RuntimeError("there were fewer stores to settle than have sent")


async def _seldom_events(connection: asyncpg.Connection) -> None:
    await list_events(connection, kind="shift.closed")


async def _spent(connection: asyncpg.Connection, work: Callable[[], Awaitable[object]]) -> float:
    """Seconds of processor time of this process and of the one that PostgreSQL serves it with."""
    server = await connection.fetchval("SELECT pg_backend_pid()")
    began = process_time() + _used(server)
    await work()
    return process_time() + _used(server) - began


def _used(pid: int) -> float:
    """Seconds on a processor so far. Source: the kernel's sched-stats.rst."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
