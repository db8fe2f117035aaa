"""A backlog on its way to head office: how fast, and how much memory the agent takes for it."""

from collections.abc import Sequence
from statistics import mean
from time import perf_counter

from tests.bench.agent import Agent
from tests.bench.events import Event, events
from tests.bench.figures.starting import visit
from tests.bench.floors.sync import FloorSync
from tests.bench.history import Trade
from tests.bench.memory import peak_mb
from tests.bench.metric import Metric, interleave
from tests.bench.store import Store
from tests.bench.workshop import Workshop

BACKLOG = 10_000
LARGE_BACKLOG = 100_000


def measure(workshop: Workshop) -> list[Metric]:
    """From the agent's readiness to its note of head office's last acknowledgement."""
    dsn = workshop.chain().hq.dsn
    backlog = _same_size(closed_store(workshop, BACKLOG))
    with FloorSync(dsn=dsn, directory=workshop.directory()) as floor:
        floors, products = interleave(
            workshop.repetitions,
            lambda: BACKLOG / floor.drain(backlog),
            lambda: BACKLOG / drained(workshop, closed_store(workshop, BACKLOG)),
        )
    return [Metric.of("drain_events_per_s", "1/s", products, floors)]


def measure_memory(workshop: Workshop) -> list[Metric]:
    """The agent's peak while a large backlog drains, beside its memory at rest."""
    rest = visit(workshop, workshop.run(workshop.chain().open_store(connected=True)))
    store = closed_store(workshop, LARGE_BACKLOG)
    with Agent(store, workshop) as agent:
        workshop.run(store.acknowledged(LARGE_BACKLOG))
        peak = peak_mb(agent.pid)
    workshop.run(workshop.chain().settled())
    return [Metric.of("rss_drain_mb", "MB", [peak], [rest.agent_mb])]


def closed_store(workshop: Workshop, sales: int) -> Store:
    """A store whose agent does not run, with so many sales that head office has not heard of."""
    chain = workshop.chain()
    store = workshop.run(chain.open_store(connected=True))
    coupons = workshop.run(chain.issue(store, sales))
    store.trade([coupon.coupon_id for coupon in coupons], Trade.sell)
    return store


def drained(workshop: Workshop, store: Store, *, command: Sequence[str] | None = None) -> float:
    """Seconds until everything is acknowledged; head office settles the rest off the clock.

    `command` starts the agent; None: the installed one.
    """
    last_seq = store.last_seq()
    with Agent(store, workshop, command=command) as agent:
        workshop.run(store.acknowledged(last_seq))
        seconds = perf_counter() - agent.ready
    workshop.run(workshop.chain().settled())
    return seconds


def _same_size(store: Store) -> list[Event]:
    """Events for the floor, each as long as a line of the store's journal."""
    lines = store.lines()
    return events(len(lines), body_bytes=round(mean(map(len, lines))))
