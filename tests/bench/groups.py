"""The groups of figures that the bench can take, in the order in which it takes them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from tests.bench.figures import (
    backing_up,
    browser,
    crowd,
    draining,
    engines,
    first_load,
    ingesting,
    live,
    long_journal,
    many_stores,
    news,
    quoting,
    receipts,
    resting,
    signing,
    starting,
    tills,
)
from tests.bench.floors import group as floors
from tests.bench.metric import Metric
from tests.bench.workshop import Workshop


class When(Enum):
    """In which runs a group is taken, besides those that name it."""

    ALWAYS = auto()
    IN_FULL_RUN = auto()
    """Not in a quick one: what it needs takes half a minute to make."""
    ON_REQUEST = auto()
    """Only when it is named."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Figures that are taken together."""

    name: str
    about: str
    """What it measures, for --help."""
    measure: Callable[[Workshop], list[Metric]]
    missing: Callable[[], str | None] = lambda: None
    """What it needs and this machine has not, and what to do about it; asked before any work."""
    when: When = When.ALWAYS


GROUPS = (
    Group(
        name="start",
        about="the agent's first scan, and the memory of agent and head office at rest",
        measure=starting.measure,
    ),
    Group(
        name="rest",
        about="an agent at rest: processor, wake-ups, bytes written in an hour",
        measure=resting.measure,
        when=When.IN_FULL_RUN,
    ),
    Group(
        name="till",
        about="redemptions and sales at the till, with one and with many callers",
        measure=tills.measure,
    ),
    Group(
        name="crowd",
        about="64 callers at the local API for a minute: answers, errors, memory",
        measure=crowd.measure,
    ),
    Group(
        name="quote",
        about="what a basket costs by a price book of 50 and of 1,000 promotions",
        measure=quoting.measure,
    ),
    Group(
        name="quote-engines",
        about="the same baskets and promotions in public engines, installed for the run",
        measure=engines.measure,
        missing=engines.missing,
        when=When.ON_REQUEST,
    ),
    Group(
        name="receipt",
        about="a receipt of 30 lines with a QR code, from the sale to the printer's bytes",
        measure=receipts.measure,
    ),
    Group(
        name="page",
        about="the till page in a browser: from a scan to its verdict, and how fast it loads",
        measure=browser.measure,
        missing=browser.missing,
    ),
    Group(
        name="live",
        about="online: from the till's answer until head office holds the sale",
        measure=live.measure,
    ),
    Group(
        name="news",
        about="online: from a change at head office until it is in the store",
        measure=news.measure,
    ),
    Group(
        name="drain",
        about="a backlog of 10,000 sales on its way to head office",
        measure=draining.measure,
    ),
    Group(
        name="signing",
        about="what signatures cost: a backlog with and without them, a claim beside a bare POST",
        measure=signing.measure,
    ),
    Group(
        name="ingest",
        about="head office alone: batches of several stores, and the same ones again",
        measure=ingesting.measure,
    ),
    Group(
        name="chain",
        about="head office with 10,000 stores: settling one, and looking at all of them",
        measure=many_stores.measure,
        when=When.IN_FULL_RUN,
    ),
    Group(
        name="drain-memory",
        about="the agent's memory during a backlog of 100,000",
        measure=draining.measure_memory,
        when=When.IN_FULL_RUN,
    ),
    Group(
        name="first-load",
        about="a new store's first load of 200,000 members and 60,000 articles",
        measure=first_load.measure,
        when=When.IN_FULL_RUN,
    ),
    Group(
        name="long-journal",
        about="redemption and start with a million journal rows",
        measure=long_journal.measure,
        when=When.IN_FULL_RUN,
    ),
    Group(
        name="backup",
        about="backup and restore of 1 GB beside cp, and a till's writes meanwhile (10 minutes)",
        measure=backing_up.measure,
        when=When.ON_REQUEST,
    ),
    Group(
        name="floors",
        about="the floors alone: this machine's durable writes without the business",
        measure=floors.measure,
        when=When.ON_REQUEST,
    ),
)
