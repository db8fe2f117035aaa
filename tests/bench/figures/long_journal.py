"""A million journal rows: redemption and start, beside those of a store without any."""

import secrets
from collections.abc import Callable, Sequence

from tests.bench.agent import Agent
from tests.bench.figures.starting import first_scan_s
from tests.bench.history import Trade
from tests.bench.metric import Metric, interleave
from tests.bench.store import Store
from tests.bench.workshop import Workshop

ROWS = 1_000_000
REDEMPTIONS = 1_500
"""A repetition's, by one caller."""


def measure(workshop: Workshop) -> list[Metric]:
    """Both as a ratio to the empty store, taken in turns with it."""
    empty, full = _store(workshop, rows=0), _store(workshop, rows=ROWS)
    with Agent(empty, workshop) as empty_agent, Agent(full, workshop) as full_agent:
        p99 = _ratios(
            workshop, lambda: _p99_ms(workshop, empty_agent), lambda: _p99_ms(workshop, full_agent)
        )
    start = _ratios(workshop, lambda: _start_s(workshop, empty), lambda: _start_s(workshop, full))
    return [Metric.of("redeem_p99_ratio_1m", "", p99), Metric.of("start_ratio_1m", "", start)]


def _store(workshop: Workshop, *, rows: int) -> Store:
    """A store without a line, whose journal head office has."""
    store = workshop.run(workshop.chain().open_store(connected=False))
    store.trade([secrets.token_hex(12) for _ in range(rows)], Trade.sell, Trade.redeem)
    store.acknowledge_all()
    return store


def _ratios(
    workshop: Workshop, empty: Callable[[], float], full: Callable[[], float]
) -> Sequence[float]:
    """Full to empty, a ratio each repetition."""
    pairs = interleave(workshop.repetitions, empty, full)
    return [b / a for a, b in zip(*pairs, strict=True)]


def _p99_ms(workshop: Workshop, agent: Agent) -> float:
    number = workshop.portion(REDEMPTIONS)
    coupons = workshop.run(workshop.chain().issue(agent.store, number))
    return agent.redeem(coupons, 1).latency_ms(99)


def _start_s(workshop: Workshop, store: Store) -> float:
    coupons = workshop.run(workshop.chain().issue(store, 1))
    with Agent(store, workshop) as agent:
        return first_scan_s(agent, coupons)
