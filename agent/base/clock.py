"""Time as an injected dependency: Unix milliseconds in UTC and a monotonic companion."""

import time
from typing import NewType, Protocol

Millis = NewType("Millis", int)
"""An instant: milliseconds since 1970-01-01T00:00:00Z."""

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LAST_AT = Millis(253_402_128_000_000)
"""9999-12-30: what lies further off has no date in every time zone."""


class Clock(Protocol):
    """The two clocks of a machine; neither is trusted alone."""

    def wall(self) -> Millis:
        """The machine's idea of the time; somebody may set it."""

    def monotonic_ms(self) -> int:
        """Milliseconds since an arbitrary start; never goes back within one process."""


class SystemClock:
    """The clocks of this machine."""

    def wall(self) -> Millis:
        return Millis(time.time_ns() // 1_000_000)

    def monotonic_ms(self) -> int:
        # Unlike CLOCK_MONOTONIC it also counts the time that the PC was asleep.
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
