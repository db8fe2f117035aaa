"""The closing reminder: whether a shift that is still open should be closed by now."""

from datetime import time, tzinfo
from enum import StrEnum

from agent.base.clock import Millis
from agent.domain.line.business_day import business_date


class Lateness(StrEnum):
    """How late a shift is to be closed."""

    DUE = "due"
    """The hour of the reminder has struck since it was opened."""
    OVERDUE = "overdue"
    """It was opened on an earlier business date."""


def lateness(
    opened_at: Millis, now: Millis, *, zone: tzinfo, day_begins: time, remind_at: time
) -> Lateness | None:
    """Return how late a shift that was opened at `opened_at` is; None: it may run on.

    A shift that begins behind the hour of the reminder is due at the next one only.
    """
    if _a_day_lies_between(opened_at, now, zone, day_begins):
        return Lateness.OVERDUE
    return Lateness.DUE if _a_day_lies_between(opened_at, now, zone, remind_at) else None


def _a_day_lies_between(earlier: Millis, later: Millis, zone: tzinfo, begins: time) -> bool:
    """Whether the clocks of `zone` showed `begins` between the two instants."""
    return business_date(earlier, zone=zone, begins=begins) < business_date(
        later, zone=zone, begins=begins
    )
