"""A quote: what a basket costs by a price book, in processor time."""

from agent.domain.promotions.price import price
from tests.bench.metric import Metric, interleave, percentile
from tests.bench.workshop import Workshop
from tests.domain.promotions.speed import Case, cases, conditions_alone, timed

BASKETS = 100
NAMES = ("quote_20x50", "quote_50x1000", "quote_50x1000_dense")


def measure(workshop: Workshop) -> list[Metric]:
    """Baskets of 20 lines against 50 promotions and of 50 lines against 1,000, beside a loop over
    the same data that only looks at the conditions."""
    found = []
    for name, case in zip(NAMES, cases(max(workshop.portion(BASKETS), 2)), strict=True):
        found += _figures(name, case, workshop.repetitions)
    return found


def _figures(name: str, case: Case, repetitions: int) -> list[Metric]:
    floors, products = interleave(
        repetitions, lambda: timed(case, conditions_alone)[0], lambda: timed(case, price)[0]
    )
    return [
        Metric.of(f"{name}_per_s", "1/s", _rates(products), _rates(floors)),
        Metric.of(f"{name}_p99_ms", "ms", _p99s(products), _p99s(floors)),
    ]


def _rates(runs: list[list[float]]) -> list[float]:
    return [len(spent) / sum(spent) for spent in runs]


def _p99s(runs: list[list[float]]) -> list[float]:
    return [percentile(spent, 99) * 1_000 for spent in runs]
