"""A new store's first load of all members and articles: by a snapshot, and from the start."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar
from urllib.request import urlopen

from sync.hq.members.members import Member, put_members
from sync.hq.selling.articles import put_articles
from sync.protocol.changes import ArticleChange
from tests.bench.agent import Agent
from tests.bench.chain import Chain
from tests.bench.feed_line import COUNTED
from tests.bench.memory import peak_mb
from tests.bench.metric import Metric
from tests.bench.process import ServerProcess
from tests.bench.store import Store
from tests.bench.workshop import Workshop
from tests.lab.ports import LOOPBACK

T = TypeVar("T", ArticleChange, Member)

MEMBERS = 200_000
ARTICLES = 60_000
PORTION = 10_000
"""So many at once into head office."""
LOADED_S = 1_800.0
_LOOK_S = 0.05


def measure(workshop: Workshop) -> list[Metric]:
    """From the start of the agent until it holds the whole feed; its memory; bytes of answers."""
    members, articles = workshop.portion(MEMBERS), workshop.portion(ARTICLES)
    workshop.run(_tell_articles(workshop.chain(), articles))
    floor = _load(workshop, members, "--no-snapshots")
    product = _load(workshop, members)
    return [
        Metric.of("first_load_s", "s", [product.seconds], [floor.seconds]),
        Metric.of("first_load_mb", "MB", [product.megabytes], [floor.megabytes]),
        Metric.of("rss_first_load_mb", "MB", [product.agent_mb], [floor.agent_mb]),
    ]


@dataclass(frozen=True, kw_only=True)
class _Seen:
    seconds: float
    megabytes: float
    """Of head office's answers, as they travel, 10^6 bytes."""
    agent_mb: float
    """The most memory that the agent held."""


def _load(workshop: Workshop, members: int, *how: str) -> _Seen:
    chain = workshop.chain()
    line = ServerProcess("tests.bench.feed_line", [chain.url, *how])
    line.start()
    try:
        url = f"http://{LOOPBACK}:{line.port}"
        store = workshop.run(chain.add_store(hq_url=url))
        workshop.run(_tell_members(chain, store.code, members))
        with Agent(store, workshop) as agent:
            workshop.run(_loaded(store, members))
            seconds = perf_counter() - agent.started
            with urlopen(url + COUNTED) as counted:
                megabytes = int(counted.read()) / 1e6
            return _Seen(seconds=seconds, megabytes=megabytes, agent_mb=peak_mb(agent.pid))
    finally:
        line.stop()


async def _loaded(store: Store, members: int) -> None:
    async with asyncio.timeout(LOADED_S):
        while True:
            with store.database() as db:
                (feed_at,) = db.execute("SELECT feed_at FROM sync_state").fetchone()
                if feed_at:
                    (held,) = db.execute("SELECT count(*) FROM member").fetchone()
                    if held != members:
                        raise RuntimeError(f"{held} of {members} members are there")
                    return
            await asyncio.sleep(_LOOK_S)


async def _tell_articles(chain: Chain, count: int) -> None:
    told = [
        ArticleChange(
            sku=f"SKU{n:06}",
            name=f"商品 {n:06} 330ml",
            price_fen=100 + n % 9_000,
            gtin=f"69{n:011}",
        )
        for n in range(count)
    ]
    async with chain.hq.connection() as connection:
        for portion in _portions(told):
            await put_articles(connection, portion)


async def _tell_members(chain: Chain, store: str, count: int) -> None:
    """Members whom this store alone knows, in no order."""
    told = [
        Member(
            member_id=f"{n * 2654435761 % 2**64:016x}{store.encode().hex()[-8:]}",
            tier="gold" if n % 10 == 0 else "",
            points=n % 5_000,
            phone_masked=f"138****{n % 10_000:04}",
            stores=(store,),
        )
        for n in range(count)
    ]
    async with chain.hq.connection() as connection:
        for portion in _portions(told):
            await put_members(connection, portion)


def _portions(things: Sequence[T]) -> list[list[T]]:
    return [list(things[n : n + PORTION]) for n in range(0, len(things), PORTION)]
