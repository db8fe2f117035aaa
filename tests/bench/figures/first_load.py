"""A new store's first load of all members and articles: by a snapshot, and from the start."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from sync.hq.members.members import Member, put_members
from sync.hq.selling.articles import put_articles
from sync.protocol.changes import ArticleChange
from tests.bench.agent import Agent
from tests.bench.chain import Chain
from tests.bench.memory import peak_mb
from tests.bench.metric import Metric
from tests.bench.store import Store
from tests.bench.workshop import Workshop
from tests.lab.head_office import HeadOffice
from tests.lab.line import Line
from tests.lab.ports import LOOPBACK, free_port
from tests.lab.service import Service

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
    chain = workshop.chain()
    workshop.run(_tell_articles(chain, articles))
    port, before = workshop.run(_without_snapshots(chain.hq))
    try:
        floor = _load(workshop, members, port)
    finally:
        workshop.run(before.stop())
    product = _load(workshop, members, chain.hq.port)
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


async def _without_snapshots(hq: HeadOffice) -> tuple[int, Service]:
    """Start a second process on head office's database, at a port of its own."""
    port, config = free_port(), hq.directory / "without.toml"
    text = hq.config_file.read_text("utf-8").replace(f"port = {hq.port}", f"port = {port}")
    config.write_text(text, "utf-8")
    command = [sys.executable, "-m", "tests.bench.without_snapshots", "run", "--config", config]
    service = Service("store-hq before", [str(part) for part in command], log=hq.directory / "log")
    await service.start()
    return port, service


def _load(workshop: Workshop, members: int, hq_port: int) -> _Seen:
    chain, line = workshop.chain(), Line(LOOPBACK, hq_port)
    workshop.run(line.start())
    try:
        host, port = line.address
        store = workshop.run(chain.add_store(hq_url=f"http://{host}:{port}"))
        workshop.run(_tell_members(chain, store.code, members))
        with Agent(store, workshop) as agent:
            workshop.run(_loaded(store, members))
            return _Seen(
                seconds=perf_counter() - agent.started,
                megabytes=line.counts.bytes_from_target / 1e6,
                agent_mb=peak_mb(agent.pid),
            )
    finally:
        workshop.run(line.stop())


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
