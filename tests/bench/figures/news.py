"""From a change at head office until it is in the store: one article's price, again and again."""

import asyncio
from time import perf_counter

from sync.hq.selling.articles import put_articles
from sync.protocol.changes import ArticleChange
from tests.bench.agent import Agent
from tests.bench.chain import Chain
from tests.bench.metric import Metric, percentile
from tests.bench.store import Store
from tests.bench.workshop import Workshop

CHANGES = 60
WARM_UP = 5
PACE_S = 0.5
"""Longer than a store rests between polls that wake-ups ask for."""
IN_TIME_S = 30.0
_LOOK_S = 0.001
_SKU = "NEWS"


def measure(workshop: Workshop) -> list[Metric]:
    """Changes to a store that is online: from head office's commit until the store's."""
    store = workshop.run(workshop.chain().open_store(connected=True))
    with Agent(store, workshop):
        latencies_s = workshop.run(_latencies_s(workshop.chain(), store, workshop.portion(CHANGES)))
    return [
        Metric.of(f"change_to_store_p{percent}_ms", "ms", [percentile(latencies_s, percent) * 1000])
        for percent in (50, 99)
    ]


async def _latencies_s(chain: Chain, store: Store, changes: int) -> list[float]:
    latencies_s: list[float] = []
    async with chain.hq.connection() as connection:
        for price_fen in range(1, WARM_UP + max(changes, 1) + 1):
            article = ArticleChange(sku=_SKU, name="", price_fen=price_fen)
            await put_articles(connection, [article])
            committed = perf_counter()
            await _holds(store, price_fen)
            latencies_s.append(perf_counter() - committed)
            await asyncio.sleep(PACE_S)
    return latencies_s[WARM_UP:]


async def _holds(store: Store, price_fen: int) -> None:
    query = "SELECT 1 FROM article WHERE sku = ? AND price_fen = ?"
    with store.database() as db:
        async with asyncio.timeout(IN_TIME_S):
            while not db.execute(query, (_SKU, price_fen)).fetchone():  # noqa: ASYNC110 - another process writes
                await asyncio.sleep(_LOOK_S)
