"""The timekeeper: the store's effective time, between HQ's clock, our own and the journal."""

from datetime import date, time
from zoneinfo import ZoneInfo

from agent.base.clock import MINUTE_MS, Clock, Millis
from agent.domain.line.business_day import MIDNIGHT, business_date
from agent.domain.line.effective_time import AHEAD_MS, effective_now


class Timekeeper:
    """Tells effective time; an earlier one than before only when HQ finds it far ahead."""

    def __init__(
        self,
        *,
        clock: Clock,
        zone: ZoneInfo,
        contact_at: Millis,
        newest_journal: Millis,
        day_begins: time = MIDNIGHT,
        newest_day: str = "",
    ) -> None:
        """`day_begins`: when the store's clocks begin a business day; `newest_day`: the business
        date of the newest event, empty when there is none."""
        self.zone = zone
        self.day_begins = day_begins
        self._newest_day = newest_day
        self._day_of_minute = (Millis(-1), date.min)
        self._clock = clock
        self._hq_time = contact_at or None
        self._heard_at: int | None = None
        self._newest = newest_journal
        self._begun_at = clock.monotonic_ms()
        self._begun = self._effective(hq_elapsed_ms=None)

    def now(self) -> Millis:
        """Return effective time."""
        elapsed_ms = None
        if self._heard_at is not None:
            elapsed_ms = self._clock.monotonic_ms() - self._heard_at
        self._newest = max(self._newest, self._effective(elapsed_ms))
        return self._newest

    def steady(self) -> Millis:
        """Return the time when this run began, and what has gone by since: nobody can set it.

        For spans that people wait for (a lock, an idle time, an approval), also over a restart.
        """
        return Millis(self._begun + self._clock.monotonic_ms() - self._begun_at)

    def monotonic_ms(self) -> int:
        """Return milliseconds since an arbitrary start, for short spans."""
        return self._clock.monotonic_ms()

    def heard(self, server_time: Millis) -> None:
        """Take HQ's clock from an answer that has just come.

        What lies further ahead of it than AHEAD_MS came from a wrong clock, and is let go.
        """
        if self._newest - server_time > AHEAD_MS:
            self._newest = server_time
            self._newest_day = ""
        self._hq_time = server_time
        self._heard_at = self._clock.monotonic_ms()

    def skew_ms(self) -> int | None:
        """Return how far this PC's clock is ahead of HQ's; None before a contact in this run."""
        if self._hq_time is None or self._heard_at is None:
            return None
        elapsed = self._clock.monotonic_ms() - self._heard_at
        return self._clock.wall() - (self._hq_time + elapsed)

    def _effective(self, hq_elapsed_ms: int | None) -> Millis:
        return effective_now(
            wall=self._clock.wall(),
            hq_time=self._hq_time,
            hq_elapsed_ms=hq_elapsed_ms,
            newest_journal=self._newest,
        )

    def business_date(self, at: Millis) -> str:
        """Return the business date of what is recorded at `at`, YYYY-MM-DD.

        It goes back as little as time does: when the hour at which a day begins is set later in the
        middle of a day, that day goes on.
        """
        self._newest_day = max(self._newest_day, self.day_of(at).isoformat())
        return self._newest_day

    def day_of(self, at: Millis) -> date:
        """Return the business date of the instant `at`, whatever was recorded since."""
        minute = Millis(at - at % MINUTE_MS)  # days begin on one
        known, day = self._day_of_minute
        if known != minute:
            day = business_date(at, zone=self.zone, begins=self.day_begins)
            self._day_of_minute = (minute, day)
        return day

    def today(self) -> str:
        """Return the business date of what is recorded now."""
        return self.business_date(self.now())
