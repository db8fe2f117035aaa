"""HQ's figures for monitoring: what its database and this process say, and the page of them."""

import asyncio
import platform
from typing import TYPE_CHECKING

from asyncpg import Pool, Record

from agent.base.answers import Answers
from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Clock, Millis
from agent.base.loop_lag import LoopLag
from sync.hq.anchor import DatabaseSetBackError
from sync.hq.database import UNAVAILABLE

if TYPE_CHECKING:
    from agent.base.exposition import Exposition

PREFIX = "store_hq"
QUERY_TIMEOUT_S = 5.0
SILENCES_MS = (10 * MINUTE_MS, HOUR_MS, DAY_MS)
"""Stores are counted by how long nothing was heard of them: which they are tells
`store-hq stores list`."""

BEHIND_MS = DAY_MS
"""As anomalies are marked (sync/hq/completeness)."""

_FIGURES = """
SELECT (SELECT count(*) FROM store) AS stores,
    (SELECT count(*) FROM store_contact WHERE last_contact < $1) AS silent_0,
    (SELECT count(*) FROM store_contact WHERE last_contact < $2) AS silent_1,
    (SELECT count(*) FROM store_contact WHERE last_contact < $3) AS silent_2,
    (SELECT coalesce(max(abs(clock_skew_ms)), 0) FROM store_contact) AS worst_skew_ms,
    (SELECT coalesce(sum(accepted_seq), 0)::bigint FROM store_position) AS received,
    (SELECT count(*) FROM parked WHERE settled_at IS NULL) AS parked,
    (SELECT count(*) FROM parked_change) AS parked_changes,
    (SELECT count(*) FROM quarantine) AS quarantined,
    (SELECT count(*) FROM coupon_case WHERE state = 'open') AS open_cases,
    (SELECT count(*) FROM store_compare WHERE differs_first IS NOT NULL) AS differing,
    (SELECT count(*) FROM store_contact c JOIN store_position p USING (store)
     WHERE c.told_seq > p.accepted_seq AND c.behind_since < $4) AS behind,
    unsettled.pending, unsettled.oldest_at
FROM (
    SELECT count(next.received_at) AS pending, min(next.received_at) AS oldest_at
    FROM (SELECT DISTINCT store FROM settlement_due) AS due JOIN store_settlement s USING (store)
    CROSS JOIN LATERAL (
        SELECT e.received_at FROM event e
        WHERE e.store = s.store AND (e.epoch, e.seq) > (s.epoch, s.settled_seq)
        ORDER BY e.epoch, e.seq LIMIT 1) AS next
) AS unsettled
"""


class Figures:
    """Makes the page; without a database it tells that, and of the process."""

    def __init__(
        self, *, pool: Pool, clock: Clock, answers: Answers, lag: LoopLag, version: str
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._answers = answers
        self._lag = lag
        self._version = version
        self._started_at = clock.wall()

    async def page(self) -> tuple[bytes, str]:
        """Return the page and its content type."""
        now = self._clock.wall()
        row = await self._ask(now)
        # In a thread: the first page loads the library.
        return await asyncio.to_thread(self._page, row, now)

    async def _ask(self, now: Millis) -> Record | None:
        silent = [now - silence for silence in SILENCES_MS]
        try:
            bounds = *silent, now - BEHIND_MS
            return await self._pool.fetchrow(_FIGURES, *bounds, timeout=QUERY_TIMEOUT_S)
        except (*UNAVAILABLE, DatabaseSetBackError):
            return None

    def _page(self, row: Record | None, now: Millis) -> tuple[bytes, str]:
        from agent.base.exposition import CONTENT_TYPE, Exposition

        page = Exposition(PREFIX)
        self._tell_process(page)
        page.gauge("database_up", "Whether PostgreSQL answers (1).", row is not None)
        if row is not None:
            _tell_stores(page, row)
            _tell_work(page, row, now)
        return page.page(), CONTENT_TYPE

    def _tell_process(self, page: "Exposition") -> None:
        versions = {"version": self._version, "python": platform.python_version()}
        page.info("build", "Versions that run.", versions)
        started = self._started_at / SECOND_MS
        page.gauge("start_time_seconds", "When this process started, Unix time.", started)
        page.gauge(
            "event_loop_lag_seconds",
            "How late the event loop woke at worst in the last minute.",
            self._lag.worst_s(),
        )
        page.tally("http_responses", "Answers to stores since the start.", self._answers.answered)
        page.spread(
            "http_response_seconds",
            "From a store's request to its answer.",
            self._answers.seconds,
            label="operation",
        )
        page.gauge("database_connections", "Open to PostgreSQL.", self._pool.get_size())
        page.gauge("database_idle_connections", "Of them unused.", self._pool.get_idle_size())


def _tell_stores(page: "Exposition", row: Record) -> None:
    page.gauge("stores", "Stores that head office has added.", row["stores"])
    page.gauges(
        "silent_stores",
        "Stores that were heard once, and not for so many seconds.",
        [
            ({"longer_than": str(silence // SECOND_MS)}, row[f"silent_{place}"])
            for place, silence in enumerate(SILENCES_MS)
        ],
    )
    page.gauge(
        "worst_store_clock_skew_seconds",
        "The clock that is furthest from HQ's, at its store's last hello.",
        row["worst_skew_ms"] / SECOND_MS,
    )


def _tell_work(page: "Exposition", row: Record, now: Millis) -> None:
    page.counter("received_events", "Events that the stores have brought.", row["received"])
    page.gauge("parked_events", "Events that could not be applied.", row["parked"])
    page.gauge("parked_changes", "Changes that stores can't read.", row["parked_changes"])
    page.gauge(
        "quarantined_events",
        "Events that differ from what HQ holds in their place.",
        row["quarantined"],
    )
    page.gauge(
        "differing_stores",
        "Stores whose journal, when last compared, was another than HQ's.",
        row["differing"],
    )
    page.gauge(
        "behind_stores",
        "Stores that told a day ago of events which have not come.",
        row["behind"],
    )
    page.gauge("open_cases", "Coupons used twice that are to be judged.", row["open_cases"])
    page.gauge(
        "unsettled_stores", "Stores with events that are still to be settled.", row["pending"]
    )
    oldest = row["oldest_at"]
    page.gauge(
        "unsettled_oldest_age_seconds",
        "Since the oldest of them came; 0 = all is settled.",
        0.0 if oldest is None else max(0, now - oldest) / SECOND_MS,
    )
