"""The calendar: work that belongs to an hour of the day, once for each day.

Nothing is planned ahead that a clock which is set could upset: each look asks what is due by the
store's own time (docs/architecture.md, "Time"). A store's PC is off at night, most likely: what was
due then is done after the next start.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time

from agent.base.clock import HOUR_MS, SECOND_MS
from agent.base.logging import get_logger
from agent.services.desk.store_desk import StoreDesk
from agent.store.house import daily_work

RETRY_MS = HOUR_MS
"""What failed is tried again after so long, on the same day."""

DayWork = Callable[[], Awaitable[object]]

log = get_logger(__name__)


class NotDoneError(Exception):
    """Work that told itself why it came to nothing; it is tried again."""


@dataclass(frozen=True, kw_only=True)
class _Entry:
    name: str
    at: time
    work: DayWork


class Calendar:
    """Runs what is due, one after the other; `look` is called every minute or so."""

    def __init__(self, desk: StoreDesk) -> None:
        self._desk = desk
        self._entries: list[_Entry] = []
        self._not_before: dict[str, int] = {}

    def daily(self, name: str, *, at: time, work: DayWork) -> None:
        """Have `work` done once a day, from `at` on by the store's clocks.

        `name` is kept on disk and stands in the log. `work` runs on the event loop and must bear to
        be cancelled, when the agent stops; the day then counts as not done, as when it raises.
        """
        self._entries.append(_Entry(name=name, at=at, work=work))

    async def look(self) -> None:
        """Do what is due. Raises StoreError or DatabaseError."""
        for entry in self._entries:
            now = self._now()
            if now.time() < entry.at or self._rests(entry):
                continue
            day = now.date().isoformat()
            if await self._desk.database.read(daily_work.done_for(entry.name)) != day:
                await self._do(entry, day)

    async def _do(self, entry: _Entry, day: str) -> None:
        try:
            await entry.work()
        except NotDoneError:
            self._not_before[entry.name] = self._desk.time.monotonic_ms() + RETRY_MS
        except Exception:  # what belongs to other entries is due all the same
            log.exception("daily_work_failed", work=entry.name, day=day)
            self._not_before[entry.name] = self._desk.time.monotonic_ms() + RETRY_MS
        else:
            await self._desk.database.write(daily_work.note_done(entry.name, day))
            log.info("daily_work_done", work=entry.name, day=day)

    def _rests(self, entry: _Entry) -> bool:
        return self._desk.time.monotonic_ms() < self._not_before.get(entry.name, 0)

    def _now(self) -> datetime:
        time = self._desk.time
        return datetime.fromtimestamp(time.now() / SECOND_MS, tz=time.zone)
