"""Instants and days on the command line: a day, a day with a time, a time from now such as 30d.

A day without a time means the whole of it, in the chain's zone: a term begins when it begins, and
ends when it ends.
"""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS, Millis

FORMS = (
    "2027-01-31 (the whole day), 2027-01-31T08:00 (the chain's time), 2027-01-31T08:00+08:00,"
    " or a time from now: 30d, 12h, 45m"
)

_SPAN = re.compile(r"(\d{1,6})([dhm])", re.ASCII)
_UNITS_MS = {"d": DAY_MS, "h": HOUR_MS, "m": MINUTE_MS}
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]24:00(?::00)?((?:Z|[+-]\d\d:\d\d)?)", re.ASCII)
"""The end of a day as people write it and as it is shown."""
_FIRST = date(1970, 1, 2)
_LAST_SHOWN = Millis(253_402_214_400_000)
"""9999-12-31T00:00Z: what lies further off has no date in every time zone."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """An instant, or a span of time from now."""

    span_ms: int = 0
    wall: datetime | None = None
    """Without a zone it is the chain's."""

    def at(self, now: Millis, zone: tzinfo) -> Millis:
        """Return the instant that is meant at `now` by a chain in `zone`."""
        if self.wall is None:
            return Millis(now + self.span_ms)
        wall = self.wall if self.wall.tzinfo else self.wall.replace(tzinfo=zone)
        return Millis(round(wall.timestamp() * 1_000))


def beginning(text: str) -> Moment:
    """Read an argument in one of FORMS; a day is meant from its beginning."""
    return _moment(text, whole_day=lambda day: datetime.combine(day, time.min))


def ending(text: str) -> Moment:
    """Read an argument in one of FORMS; a day is meant to its end."""
    return _moment(text, whole_day=_end_of)


def business_date(text: str) -> str:
    """Read an argument that is a day of the stores; return it as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a day such as 2027-01-31; got {text!r}"
        ) from None


def shown(instant: Millis, zone: tzinfo, *, is_end: bool = False) -> str:
    """Return an instant for people, such as `2027-01-31 08:00+08:00`.

    The end of a day is `24:00` of it where it ends something.
    """
    local = datetime.fromtimestamp(min(instant, _LAST_SHOWN) / 1_000, UTC).astimezone(zone)
    text = local.isoformat(sep=" ", timespec="minutes")
    if is_end and local.time() == time.min:
        return f"{local.date() - timedelta(days=1)} 24:00{text[16:]}"
    return text


def _moment(text: str, *, whole_day: Callable[[date], datetime]) -> Moment:
    span = _SPAN.fullmatch(text)
    if span:
        return Moment(span_ms=int(span[1]) * _UNITS_MS[span[2]])
    try:
        wall = _wall(text, whole_day)
        if wall.date() < _FIRST:
            raise ValueError
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"expected {FORMS}; got {text!r}") from None
    return Moment(wall=wall)


def _wall(text: str, whole_day: Callable[[date], datetime]) -> datetime:
    if end := _MIDNIGHT.fullmatch(text):
        return datetime.fromisoformat(f"{end[1]}T00:00{end[2]}") + timedelta(days=1)
    try:
        return whole_day(date.fromisoformat(text))
    except ValueError:
        return datetime.fromisoformat(text)


def _end_of(day: date) -> datetime:
    if day == date.max:  # there is no day after it
        return datetime.combine(day, time.max)
    return datetime.combine(day + timedelta(days=1), time.min)
