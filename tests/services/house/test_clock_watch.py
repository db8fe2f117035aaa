"""How far the PC's clock is off is said once for each change, not for each look."""

import io
import json
from typing import Any

import pytest

from agent.base.clock import HOUR_MS, MINUTE_MS, SECOND_MS, Millis
from agent.base.logging import configure
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.clock_watch import ClockWatch
from tests.services.stopped_clock import StoppedClock

BACK_MS = -8 * HOUR_MS


@pytest.fixture
def watch(desk: StoreDesk, clock: StoppedClock) -> ClockWatch:
    return ClockWatch(desk.time, clock)


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    configure(level="info", fmt="json", stream=stream)
    return stream


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def look_on(watch: ClockWatch, clock: StoppedClock) -> None:
    for _ in range(5):
        clock.advance(10 * SECOND_MS)
        await watch.look()


async def test_a_clock_that_was_set_back_is_told_with_how_far_it_is_off_until_it_is_right_again(
    watch: ClockWatch, desk: StoreDesk, clock: StoppedClock, stream: io.StringIO
) -> None:
    desk.time.heard(clock.now)
    await look_on(watch, clock)
    assert told(stream) == []
    clock.now = Millis(clock.now + BACK_MS)
    await look_on(watch, clock)
    assert [(line["event"], line["level"]) for line in told(stream)] == [
        ("clock_stepped", "warning"),
        ("clock_differs_from_hq", "warning"),
    ]
    assert told(stream)[0]["by_s"] == told(stream)[1]["ahead_s"] == BACK_MS // SECOND_MS
    assert watch.last_step is not None
    assert watch.last_step.by_ms == BACK_MS
    clock.now = Millis(clock.now - BACK_MS)
    await look_on(watch, clock)
    assert [line["event"] for line in told(stream)[2:]] == ["clock_stepped", "clock_right_again"]


async def test_without_head_office_only_the_step_is_told(
    watch: ClockWatch, clock: StoppedClock, stream: io.StringIO
) -> None:
    clock.now = Millis(clock.now + BACK_MS)
    await look_on(watch, clock)
    assert [line["event"] for line in told(stream)] == ["clock_stepped"]


async def test_a_clock_that_runs_fast_is_told_minute_by_minute(
    watch: ClockWatch, desk: StoreDesk, clock: StoppedClock, stream: io.StringIO
) -> None:
    desk.time.heard(clock.now)
    for _ in range(150):
        clock.advance(10 * SECOND_MS)
        clock.now = Millis(clock.now + SECOND_MS)
        await watch.look()
    assert [line["ahead_s"] for line in told(stream)] == [MINUTE_MS // SECOND_MS, 120]
