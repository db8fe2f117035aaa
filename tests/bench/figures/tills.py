"""Redemptions and sales at the till: the agent beside a server that only checks and commits."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from sync.hq.coupons.coupons import IssuedCoupon
from tests.bench.agent import Agent
from tests.bench.basket import LINES
from tests.bench.floors.agent import WARM_UP_REQUESTS, FloorAgent, Mode, best_mode
from tests.bench.load import Load
from tests.bench.metric import Metric, interleave
from tests.bench.store import Store
from tests.bench.workshop import Workshop

REQUESTS = {1: 1500, 8: 3000, 64: 3000}
"""A repetition's, by the number of callers."""
SALE_CALLERS = (1, 64)

Use: TypeAlias = Callable[[Sequence[IssuedCoupon], int], Load]
"""What the product does with coupons, for so many callers."""


def measure(workshop: Workshop) -> list[Metric]:
    """Latency and rate of redemptions, rate of sales; an agent without a line to head office."""
    with _till(workshop) as till:
        redeemed = {callers: till.redeem(callers) for callers in REQUESTS}
        sold = {callers: till.sell(callers) for callers in SALE_CALLERS}
    return [
        *(redeemed[1].latency(f"redeem_p{percent}_ms", percent) for percent in (50, 99)),
        *(turns.rate(f"redeem_per_s_c{callers}") for callers, turns in redeemed.items()),
        *(turns.rate(f"sale_per_s_c{callers}") for callers, turns in sold.items()),
    ]


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Loads of floor and product that were taken in turns."""

    floors: list[Load]
    products: list[Load]

    def latency(self, name: str, percent: float) -> Metric:
        """A percentile of the latencies."""
        return Metric.of(
            name,
            "ms",
            [load.latency_ms(percent) for load in self.products],
            [load.latency_ms(percent) for load in self.floors],
        )

    def rate(self, name: str) -> Metric:
        """Answers per second."""
        products = [load.per_s for load in self.products]
        return Metric.of(name, "1/s", products, [load.per_s for load in self.floors])


@dataclass(frozen=True, kw_only=True)
class _Till:
    """The agent of a store, and its floors."""

    workshop: Workshop
    store: Store
    agent: Agent
    floors: dict[Mode, FloorAgent]

    def redeem(self, callers: int) -> Turns:
        return self._turns(callers, self.agent.redeem, lines=1)

    def sell(self, callers: int) -> Turns:
        return self._turns(callers, self.agent.sell, lines=LINES)

    def _turns(self, callers: int, use: Use, *, lines: int) -> Turns:
        number = self.workshop.portion(REQUESTS[callers])
        floor = self.floors[best_mode(callers)]
        floors, products = interleave(
            self.workshop.repetitions,
            lambda: floor.redeem(number, callers=callers, lines=lines),
            lambda: use(self._coupons(number), callers),
        )
        return Turns(floors=floors, products=products)

    def _coupons(self, number: int) -> Sequence[IssuedCoupon]:
        return self.workshop.run(self.workshop.chain().issue(self.store, number))


@contextmanager
def _till(workshop: Workshop) -> Iterator[_Till]:
    """Floors and product, each in a process that is warm."""
    store = workshop.run(workshop.chain().open_store(connected=False))
    directory = workshop.directory()
    with (
        FloorAgent(mode="single", directory=directory) as single,
        FloorAgent(mode="group", directory=directory) as group,
        Agent(store, workshop) as agent,
    ):
        floors: dict[Mode, FloorAgent] = {"single": single, "group": group}
        till = _Till(workshop=workshop, store=store, agent=agent, floors=floors)
        agent.redeem(workshop.run(workshop.chain().issue(store, WARM_UP_REQUESTS)), 4)
        yield till
