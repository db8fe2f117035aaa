"""What is past for sure: told only after a while without a reading of the time that contradicts."""

from agent.base.clock import MINUTE_MS, Millis
from agent.services.desk.timekeeper import Timekeeper

SURE_AFTER_MS = 10 * MINUTE_MS
"""A clock that is far off for a moment is found out by then, most likely."""


class SurePast:
    """The earliest of the times that were read in the last SURE_AFTER_MS, and in up to as long
    before that, by the monotonic clock."""

    def __init__(self, time: Timekeeper) -> None:
        self._time = time
        self._earlier = Millis(0)
        self._least = time.now()
        self._since = time.monotonic_ms()

    def now(self) -> Millis:
        """Return an instant that was past at each call; 0 until SURE_AFTER_MS have gone by."""
        tick, now = self._time.monotonic_ms(), self._time.now()
        if tick - self._since >= SURE_AFTER_MS:
            self._earlier, self._least, self._since = self._least, now, tick
        self._least = min(self._least, now)
        return min(self._earlier, self._least)
