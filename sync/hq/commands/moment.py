"""Instants and days on the command line: a date, a date with time, a time from now such as 30d."""

import argparse
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS, Millis

FORMS = "2027-01-31, 2027-01-31T08:00+08:00, or a time from now: 30d, 12h, 45m"

_SPAN = re.compile(r"(\d{1,6})([dhm])", re.ASCII)
_UNITS_MS = {"d": DAY_MS, "h": HOUR_MS, "m": MINUTE_MS}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """An instant, or a span of time from now."""

    instant: Millis | None = None
    span_ms: int = 0

    def at(self, now: Millis) -> Millis:
        """Return the instant that is meant at `now`."""
        return Millis(now + self.span_ms) if self.instant is None else self.instant


def moment(text: str) -> Moment:
    """Read an argument in one of FORMS; without an offset it is this machine's time."""
    span = _SPAN.fullmatch(text)
    if span:
        return Moment(span_ms=int(span[1]) * _UNITS_MS[span[2]])
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"expected {FORMS}; got {text!r}") from None
    return Moment(instant=Millis(int(instant.timestamp()) * 1000))


def business_date(text: str) -> str:
    """Read an argument that is a day of the stores; return it as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a day such as 2027-01-31; got {text!r}"
        ) from None
