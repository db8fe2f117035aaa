"""The agent's start and its memory at rest, on a store that head office knows."""

import asyncio
import compileall
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sync.hq.coupons.coupons import IssuedCoupon
from tests.bench.agent import Agent
from tests.bench.memory import resident_mb
from tests.bench.metric import Metric
from tests.bench.store import Store
from tests.bench.workshop import Workshop

ROOT = Path(__file__).parents[3]
REST_S = 1.0
"""Without a request, until the memory of a process counts as that at rest."""


def measure(workshop: Workshop) -> list[Metric]:
    """First scan, and the memory of agent and head office when it has arrived."""
    for package in ("agent", "drivers", "sync"):  # as installed: nothing is compiled at a start
        compileall.compile_dir(ROOT / package, quiet=1)
    store = workshop.run(workshop.chain().open_store(connected=True))
    with Agent(store, workshop):
        pass  # makes what only a new installation lacks
    visits = [visit(workshop, store) for _ in range(workshop.repetitions)]
    return [
        Metric.of("first_scan_s", "s", [seen.first_scan_s for seen in visits]),
        Metric.of("rss_idle_mb", "MB", [seen.agent_mb for seen in visits]),
        Metric.of("rss_idle_mb_hq", "MB", [seen.hq_mb for seen in visits]),
    ]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What was seen of an agent and a head office that were started anew."""

    first_scan_s: float
    agent_mb: float
    hq_mb: float


def visit(workshop: Workshop, store: Store) -> Visit:
    """Start both, redeem one coupon, and look at them when they are at rest."""
    chain = workshop.chain()
    workshop.run(chain.restart())
    coupons = workshop.run(chain.issue(store, 1))
    with Agent(store, workshop) as agent:
        seconds = first_scan_s(agent, coupons)
        workshop.run(store.acknowledged(store.last_seq()))
        workshop.run(asyncio.sleep(REST_S))
        return Visit(
            first_scan_s=seconds,
            agent_mb=resident_mb(agent.pid),
            hq_mb=resident_mb(chain.hq_pid()),
        )


def first_scan_s(agent: Agent, coupons: Sequence[IssuedCoupon]) -> float:
    """Seconds from the start of the agent, just now, to its first redemption, durably answered."""
    agent.redeem(coupons, 1)
    return perf_counter() - agent.started
