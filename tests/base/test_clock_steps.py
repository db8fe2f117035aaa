"""A clock that is set is told, once; one that drifts, or sleeps, is not."""

import pytest

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Millis
from agent.base.clock_steps import TOLD_FROM_MS, ClockSteps
from tests.services.stopped_clock import StoppedClock


@pytest.mark.parametrize("by_ms", [-8 * HOUR_MS, 400 * DAY_MS, TOLD_FROM_MS, -TOLD_FROM_MS])
async def test_a_step_is_told_once(by_ms: int) -> None:
    clock = StoppedClock()
    steps = ClockSteps(clock)
    clock.advance(MINUTE_MS)
    assert await steps.look() is None
    clock.now = Millis(clock.now + by_ms)
    assert await steps.look() == by_ms
    clock.advance(MINUTE_MS)
    assert await steps.look() is None


async def test_what_ntp_slews_and_a_night_asleep_are_no_steps() -> None:
    clock = StoppedClock()
    steps = ClockSteps(clock)
    for _ in range(100):
        clock.now = Millis(clock.now + SECOND_MS)
        assert await steps.look() is None
    clock.advance(12 * HOUR_MS)
    assert await steps.look() is None
