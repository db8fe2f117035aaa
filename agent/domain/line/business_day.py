"""The business day: under which date a store counts what happens at an instant."""

from datetime import date, datetime, time, timedelta, tzinfo

from agent.base.clock import Millis

MIDNIGHT = time(0)
_A_DAY = timedelta(days=1)


def business_date(at: Millis, *, zone: tzinfo, begins: time = MIDNIGHT) -> date:
    """Return the day of the instant `at`; it begins when the clocks of `zone` first show `begins`.

    So a day lasts until the next one begins, and a change of the clocks (summer time) neither
    brings an earlier day back nor leaves one out.
    """
    local = datetime.fromtimestamp(at / 1000, zone)
    today = local.date()
    for day in (_after(today), today):
        if _has_begun(day, begins, local):
            return day
    return today - _A_DAY


def _has_begun(day: date, begins: time, local: datetime) -> bool:
    """Whether the clocks show `begins` of `day` or later, or did before they were put back."""
    beginning = datetime.combine(day, begins)
    if local.replace(tzinfo=None) >= beginning:
        return True
    return local.timestamp() >= beginning.replace(tzinfo=local.tzinfo).timestamp()


def _after(day: date) -> date:
    return day if day == date.max else day + _A_DAY
