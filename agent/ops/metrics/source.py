"""Where the figures come from, and the page made of them."""

import asyncio
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.base.answers import Answers
from agent.base.clock import SECOND_MS, Clock, Millis
from agent.base.logging import log_bounds
from agent.base.loop_lag import LoopLag
from agent.services.house.status import StatusReport, StatusSource
from agent.state_dir import DATABASE_FILE
from agent.store.database import Database
from agent.store.sqlite import DatabaseError, library_version

if TYPE_CHECKING:
    from agent.base.exposition import Exposition

PREFIX = "store_agent"
WATCHED = ("scan", "put_basket", "sell")
"""Operations that a cashier waits for: their times are told apart."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the disk says of itself, in bytes; None: it can't be asked."""

    disk_free: int | None
    disk_size: int | None
    database: int | None
    wal: int | None


class MetricsSource:
    """Makes the page; what can't be read just now is missing in it, the rest is told."""

    def __init__(
        self,
        *,
        status: StatusSource,
        database: Database,
        state_dir: Path,
        answers: Answers,
        lag: LoopLag,
        clock: Clock,
        version: str,
    ) -> None:
        self._status = status
        self._database = database
        self._state_dir = state_dir
        self._lag = lag
        self._clock = clock
        self._version = version
        self._started_at = clock.wall()
        self._answers = answers

    async def page(self) -> tuple[bytes, str]:
        """Return the page and its content type."""
        report = await self._report()
        # In a thread: the first page loads the library, and a disk that hangs must hang no till.
        return await asyncio.to_thread(self._page, report, self._clock.wall())

    async def _report(self) -> StatusReport | None:
        try:
            return await self._status.report()
        except DatabaseError:
            return None

    def _page(self, report: StatusReport | None, now: Millis) -> tuple[bytes, str]:
        from agent.base.exposition import CONTENT_TYPE, Exposition

        page = Exposition(PREFIX)
        self._tell_process(page)
        page.gauge("status_readable", "Whether the database can be read (1).", report is not None)
        if report is not None:
            from agent.ops.metrics.of_status import tell_status

            page.info("build", "Versions that run, and of which store.", self._versions(report))
            tell_status(page, report, now)
        return page.page(), CONTENT_TYPE

    def _tell_process(self, page: "Exposition") -> None:
        page.gauge(
            "start_time_seconds",
            "When this process started, Unix time.",
            self._started_at / SECOND_MS,
        )
        page.gauge(
            "event_loop_lag_seconds",
            "How late the event loop woke at worst in the last minute.",
            self._lag.worst_s(),
        )
        page.tally(
            "http_responses", "Answers of the local API since the start.", self._answers.answered
        )
        page.spread(
            "http_response_seconds",
            "From a request of the local API to its answer.",
            self._answers.seconds,
            label="operation",
        )
        self._tell_writing(page)
        log = log_bounds()
        page.tally("log_lines", "Lines written to the log since the start.", log.lines)
        page.tally("log_lines_left_out", "Lines that repeated too often.", log.left_out)

    def _tell_writing(self, page: "Exposition") -> None:
        figures, machine = self._database.figures, look_at(self._state_dir)
        page.spread(
            "commit_seconds",
            "From the begin of a transaction to its bytes on disk.",
            {"store": figures.seconds},
            label="database",
        )
        page.tally(
            "write_failures",
            "Writes that could not be recorded since the start.",
            figures.failures,
        )
        page.gauge("waiting_writes", "Writes that wait for the disk.", self._database.waiting)
        page.gauge("disk_free_bytes", "Room left for the agent's data.", machine.disk_free)
        page.gauge("disk_size_bytes", "Size of the disk of the agent's data.", machine.disk_size)
        page.gauge("database_bytes", "Size of the store's database.", machine.database)
        page.gauge("database_wal_bytes", "Size of its write-ahead log.", machine.wal)

    def _versions(self, report: StatusReport) -> dict[str, str]:
        return {
            "store_code": report.store,
            "version": self._version,
            "hq_version": report.hq_version,
            "python": platform.python_version(),
            "sqlite": ".".join(map(str, library_version())),
        }


def look_at(state_dir: Path) -> Machine:
    """Ask the disk of `state_dir`; may block."""
    free = size = None
    try:
        disk = os.statvfs(state_dir)
        free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    except OSError:
        pass
    database = state_dir / DATABASE_FILE
    return Machine(
        disk_free=free,
        disk_size=size,
        database=_size(database),
        wal=_size(database.with_name(f"{DATABASE_FILE}-wal")),
    )


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None
