"""A store's life over weeks."""

from collections.abc import Sequence

from tests.booted.case import Case
from tests.booted.life.days import RETENTION_DAYS, SALES_A_DAY, Sample, live
from tests.booted.life.plot import draw
from tests.booted.pair import Pair
from tests.booted.places import PLACE

DAYS = 30
PLOT = PLACE / "store-life.svg"
"""Where the plot is drawn; docs/store-life.svg is a copy."""
_GROWTH = {
    "rss_mb": 1.15,
    "descriptors": 1.1,
    "threads": 1.1,
    "database_mb": 1.25,
    "wal_mb": 2.0,
    "journal_events": 1.2,
    "backups_mb": 1.5,
    "log_kb": 1.5,
}
"""How much more the last days may show than those after the first prune; more is a leak."""
_DAYS_COMPARED = 5


def _thirty_days(pair: Pair) -> None:
    samples = list(live(pair, DAYS))
    caption = f"{DAYS} days with {SALES_A_DAY} sales each, events kept {RETENTION_DAYS} days"
    PLOT.write_text(draw(samples, f"{caption}; ./run systemtest life"))
    settled = samples[RETENTION_DAYS + 2 :]
    for name, factor in _GROWTH.items():
        early = _highest(settled[:_DAYS_COMPARED], name)
        late = _highest(settled[-_DAYS_COMPARED:], name)
        pair.note(f"{name} {early:g} → {late:g}")
        pair.expect(late <= early * factor + 1, f"{name} grows: {early:g} → {late:g}")
    pair.expect(pair.store.restarts() == 0, "the agent was started anew")


def _highest(samples: Sequence[Sample], name: str) -> float:
    return max(sample.values()[name] for sample in samples)


CASES = (
    Case(
        name="life",
        what=f"{DAYS} days: sales, closings, backups, prunes",
        expected="memory, descriptors, threads, database, WAL, backups and log stay as they are",
        run=_thirty_days,
    ),
)
