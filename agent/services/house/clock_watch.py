"""The PC's clock, watched: when it is set, and how far it is from head office's."""

from msgspec import Struct

from agent.base.clock import SECOND_MS, Clock, Millis
from agent.base.clock_steps import TOLD_FROM_MS, ClockSteps
from agent.base.logging import get_logger
from agent.services.desk.timekeeper import Timekeeper

log = get_logger(__name__)


class ClockStep(Struct, frozen=True, kw_only=True):
    """Somebody, or NTP, set this PC's clock while the agent ran."""

    by_ms: int
    """Below 0: back."""
    at: Millis
    """When it was noticed: effective time."""


class ClockWatch:
    """Tells each step once, and each change of the skew once."""

    def __init__(self, time: Timekeeper, clock: Clock) -> None:
        self._time = time
        self._steps = ClockSteps(clock)
        self._told_skew_ms = 0
        self.last_step: ClockStep | None = None
        """The last one of this run."""

    async def look(self) -> None:
        """Log what changed since the last look by TOLD_FROM_MS or more."""
        by_ms = await self._steps.look()
        if by_ms is not None:
            self.last_step = ClockStep(by_ms=by_ms, at=self._time.now())
        skew_ms = self._time.skew_ms()
        if skew_ms is not None:
            self._tell_skew(skew_ms)

    def _tell_skew(self, skew_ms: int) -> None:
        if abs(skew_ms) < TOLD_FROM_MS:
            if self._told_skew_ms:
                log.info("clock_right_again", skew_ms=skew_ms)
            self._told_skew_ms = 0
        elif abs(skew_ms - self._told_skew_ms) >= TOLD_FROM_MS:
            log.warning(
                "clock_differs_from_hq",
                ahead_s=round(skew_ms / SECOND_MS),
                what_to_do="set this PC's clock right (timedatectl), or head office's",
            )
            self._told_skew_ms = skew_ms
