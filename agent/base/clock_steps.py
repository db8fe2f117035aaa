"""Steps of the machine's clock: somebody, or NTP, set it."""

from agent.base.clock import MINUTE_MS, SECOND_MS, Clock
from agent.base.logging import get_logger

TOLD_FROM_MS = MINUTE_MS
"""A clock that is set by less, or wrong by less, is not worth a word: in the log, the status, to
monitoring, of the doctor and of setup. With less, receipts bear the right minute or the next."""

log = get_logger(__name__)


class ClockSteps:
    """Compares the wall clock with the monotonic one, look by look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_ms = self._offset()

    async def look(self) -> int | None:
        """Return, and log, by how many ms the clock was set since the last look; None: by less than
        TOLD_FROM_MS."""
        last, self._offset_ms = self._offset_ms, self._offset()
        by_ms = self._offset_ms - last
        if abs(by_ms) < TOLD_FROM_MS:
            return None
        log.warning("clock_stepped", by_s=round(by_ms / SECOND_MS))
        return by_ms

    def _offset(self) -> int:
        return self._clock.wall() - self._clock.monotonic_ms()
