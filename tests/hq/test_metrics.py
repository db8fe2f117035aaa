"""HQ's page for Prometheus: on an address of its own, by Prometheus' rules, no store by name."""

import asyncio

import aiohttp
import asyncpg

from agent.base.answers import Answers
from agent.base.clock import DAY_MS
from agent.base.loop_lag import LoopLag
from sync.hq.figures import Figures
from sync.hq.metrics_server import METRICS_PATH, MetricsServer
from tests.api.house.test_metrics import checked, samples, undocumented
from tests.hq.head_office import HeadOffice, StoreClient


async def read(pool: asyncpg.Pool, hq: HeadOffice) -> str:
    figures = Figures(
        pool=pool, clock=hq.clock, answers=Answers("/sync/v1/events"), lag=LoopLag(), version="1"
    )
    server = MetricsServer(figures.page, host="127.0.0.1", port=0)
    port = await server.start()
    try:
        async with hq.session.get(f"http://127.0.0.1:{port}{METRICS_PATH}") as answer:
            assert answer.status == 200
            return await answer.text()
    finally:
        await server.stop()


async def test_the_page_tells_what_the_stores_brought(
    hq: HeadOffice, store: StoreClient, hq_dsn: str
) -> None:
    await store.send(store.journal_of_sales(3))
    hq.clock.now += DAY_MS // 2
    async with asyncpg.create_pool(hq_dsn, min_size=0, max_size=1) as pool:
        page = await read(pool, hq)
        assert await asyncio.to_thread(checked, page) == (0, "")
        assert undocumented(page) == set()
        told = samples(page)
        assert told["store_hq_database_up"] == 1
        assert told["store_hq_stores"] == 1
        assert told["store_hq_received_events_total"] == 3
        assert told["store_hq_unsettled_stores"] == 1
        assert told["store_hq_unsettled_oldest_age_seconds"] == DAY_MS / 2_000
        assert told['store_hq_silent_stores{longer_than="3600"}'] == 1
        assert told['store_hq_silent_stores{longer_than="86400"}'] == 0
        assert "MB001" not in page
        await hq.settle()
        assert samples(await read(pool, hq))["store_hq_unsettled_stores"] == 0


async def test_without_its_database_head_office_still_tells_that(hq: HeadOffice) -> None:
    nowhere = "postgresql://127.0.0.1:1/nothing"
    async with asyncpg.create_pool(nowhere, min_size=0, max_size=1) as pool:
        told = samples(await read(pool, hq))
    assert told["store_hq_database_up"] == 0
    assert "store_hq_stores" not in told


async def test_the_stores_own_address_does_not_have_the_page(hq: HeadOffice) -> None:
    async with aiohttp.ClientSession() as session, session.get(hq.url + METRICS_PATH) as answer:
        assert answer.status == 404
