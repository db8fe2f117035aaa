"""The schedule: what the agent does again and again, and what belongs to an hour of the day."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import time

from agent.base.periodic import Periodic
from agent.ops.backup.nightly import Nightly
from agent.services.cash.late_shifts import ClosingReminder
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.calendar import Calendar
from agent.services.house.clock_watch import ClockWatch
from agent.services.house.comparing import Comparing
from agent.services.house.housekeeping import Housekeeping
from agent.services.house.status_watch import EVERY_S as STATUS_S
from agent.services.house.status_watch import StatusWatch
from agent.services.line.renew_key import LOOK_S as RENEWAL_S
from agent.services.line.renew_key import KeyRenewal
from agent.settings import Settings
from sync.following import FeedFollower

CLOCK_S = 10.0
"""Between looks at this PC's clock."""
CALENDAR_S = 60.0
"""Between looks at what is due today."""


class Schedule:
    """All periodic work of an agent that serves."""

    def __init__(
        self,
        settings: Settings,
        desk: StoreDesk,
        *,
        follower: FeedFollower,
        status_watch: StatusWatch,
        clock_watch: ClockWatch,
        nightly: Nightly,
        comparing: Comparing,
        reminder: ClosingReminder,
        renewal: KeyRenewal | None,
    ) -> None:
        """`renewal`: of this machine's key for head office; None: it has none."""
        self._settings = settings
        self._follower = follower
        self._status_watch = status_watch
        self._clock_watch = clock_watch
        self._renewal = renewal
        self._house = Housekeeping(desk, retention_days=settings.journal.retention_days)
        self._stack = AsyncExitStack()
        self._calendar = Calendar(desk)
        self._plan(nightly, comparing, reminder)

    def start(self) -> None:
        """Begin with all of it."""
        self._follower.start()
        self._stack.push_async_callback(self._follower.stop)
        for work in self._works():
            work.start()
            self._stack.push_async_callback(work.stop)

    async def stop(self) -> None:
        """Begin with nothing more, and break off what goes on."""
        await self._stack.aclose()

    def _plan(self, nightly: Nightly, comparing: Comparing, reminder: ClosingReminder) -> None:
        """Enter what belongs to an hour of the day."""
        store, daily = self._settings.store, self._calendar.daily
        at_night = time.fromisoformat(self._settings.backup.at)
        daily("backup", at=at_night, work=nightly.work)
        if self._settings.hq.urls:
            daily("compare", at=at_night, work=comparing.of_night)
        if (remind_at := time_or_none(store.closing_reminder)) is not None:
            begins = time.fromisoformat(store.day_begins)
            daily("closing reminder", at=remind_at, work=reminder.log_due)
            daily("closing reminder of the day before", at=begins, work=reminder.log_overdue)

    def _works(self) -> Iterator[Periodic]:
        hq, journal, house = self._settings.hq, self._settings.journal, self._house
        look = self._follower.look
        yield Periodic(look, name="feed poll", every_s=hq.poll_seconds, at_once=True)
        yield Periodic(house.checkpoint, name="checkpoint", every_s=journal.checkpoint_seconds)
        yield Periodic(house.prune, name="pruning", every_s=journal.prune_seconds)
        yield Periodic(self._status_watch.look, name="status watch", every_s=STATUS_S)
        yield Periodic(self._clock_watch.look, name="clock watch", every_s=CLOCK_S)
        yield Periodic(self._calendar.look, name="calendar", every_s=CALENDAR_S)
        if self._renewal is not None:
            renew = self._renewal.look
            yield Periodic(renew, name="key renewal", every_s=RENEWAL_S, at_once=True)


def time_or_none(text: str) -> time | None:
    """Return an hour of the settings; None where it is empty."""
    return time.fromisoformat(text) if text else None
