"""A crowd: 64 callers at the local API for a minute, scanning, asking and selling without rest."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from time import monotonic

from sync.hq.coupons.coupons import IssuedCoupon
from tests.bench.agent import Agent
from tests.bench.floors.agent import FloorAgent, best_mode
from tests.bench.load import drive
from tests.bench.memory import resident_mb
from tests.bench.metric import Metric, percentile
from tests.bench.workshop import Workshop

CALLERS = 64
SECONDS = 60
ROUND = 3_000
"""Requests between two looks at the clock."""
COUPONS = 100
"""Scanned over and over."""
HONEST = (429, 503)
"""Come again later: an answer, no error."""
FLOOR_REQUESTS = 3_000


def measure(workshop: Workshop) -> list[Metric]:
    """The slowest hundredth, the errors, and by how much the agent has grown."""
    store = workshop.run(workshop.chain().open_store(connected=False))
    coupons = workshop.run(workshop.chain().issue(store, COUPONS))
    with FloorAgent(mode=best_mode(CALLERS), directory=workshop.directory()) as floor:
        beside = floor.redeem(FLOOR_REQUESTS, callers=CALLERS, lines=1)
    with Agent(store, workshop) as agent:
        latencies, statuses, grown_mb = _rounds(workshop, agent, coupons)
    errors = sum(n for status, n in statuses.items() if not 200 <= status < 300)
    honest = sum(statuses[status] for status in HONEST)
    slowest_ms = percentile(latencies, 99) * 1000
    return [
        Metric.of("crowd_p99_ms", "ms", [slowest_ms], [beside.latency_ms(99)]),
        Metric.of("crowd_errors", "errors", [errors - honest]),
        Metric.of("crowd_rss_mb", "MB", [grown_mb]),
    ]


def _rounds(
    workshop: Workshop, agent: Agent, coupons: Sequence[IssuedCoupon]
) -> tuple[Sequence[float], Counter[int], float]:
    """Latencies, statuses, and the growth since the end of the first round."""
    port = agent.store.place.port
    requests = _requests(agent, coupons)
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    begin_mb = 0.0
    end = monotonic() + workshop.portion(SECONDS)
    while monotonic() < end:
        load = workshop.run(drive(port, islice(requests, ROUND), callers=CALLERS))
        begin_mb = begin_mb or resident_mb(agent.pid)
        latencies += load.latencies_s
        statuses += load.statuses
    return latencies, statuses, resident_mb(agent.pid) - begin_mb


def _requests(agent: Agent, coupons: Sequence[IssuedCoupon]) -> Iterator[bytes]:
    for coupon in cycle(coupons):
        yield agent.scan(coupon)
        yield agent.quote()
        yield agent.plain_sale()
