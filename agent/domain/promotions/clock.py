"""When conditions of a book change by the clock alone."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from agent.domain.promotions.conditions import begin, end
from agent.domain.promotions.promotion import Promotion


class Clock:
    """The instants at which terms begin and end, and the times of the day at which windows do."""

    def __init__(self, promotions: Sequence[Promotion]) -> None:
        terms: set[datetime] = set()
        times: set[time] = set()
        for when in (one.when for one in promotions):
            if when.starts is not None:
                terms.add(begin(when.starts))
            if when.ends is not None:
                terms.add(end(when.ends))
            if when.weekdays or when.hours:
                times.add(time())
            for hours in when.hours:
                times.update((time.fromisoformat(hours.since), time.fromisoformat(hours.until)))
        self._terms, self._times = sorted(terms), sorted(times)

    def after(self, at: datetime) -> datetime | None:
        """Return the first instant after `at` (local time) at which something may change."""
        place = bisect_right(self._terms, at)
        found = self._terms[place] if place < len(self._terms) else None
        if self._times:
            later = bisect_right(self._times, at.time())
            day = at.date() if later < len(self._times) else at.date() + timedelta(days=1)
            turn = datetime.combine(day, self._times[later % len(self._times)])
            found = turn if found is None else min(found, turn)
        return found
