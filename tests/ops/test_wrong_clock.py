"""From which difference on a wrong clock is told: everywhere the same."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec
import pytest

from agent.base.clock import MINUTE_MS, SECOND_MS
from agent.base.clock_steps import TOLD_FROM_MS
from agent.domain.finding import Result
from agent.domain.line.effective_time import AHEAD_MS
from agent.ops import status_check, tables
from agent.ops.doctor.checks.clock import ClockFacts, judge
from agent.ops.setup import hq_trial
from agent.ops.status_check import State, Thresholds
from agent.ops.status_options import _LIMITS
from sync.protocol.enrolment import EnrolmentAnswer
from tests.services.stopped_clock import StoppedClock

LIMITS = Thresholds().skew_seconds


def doctor_tells(ahead_ms: int) -> bool:
    (found,) = judge(ClockFacts(ahead_of_hq_ms=ahead_ms))
    return found.result is not Result.GOOD


def check_tells(ahead_ms: int) -> bool:
    return status_check._skew(ahead_ms, LIMITS).state is not State.OK


def setup_tells(ahead_ms: int) -> bool:
    clock = StoppedClock()
    heard = EnrolmentAnswer(
        store="MB001",
        name="",
        install_id="",
        root_key="ab" * 32,
        key_set="",
        policy="",
        urls=(),
        server_time=clock.now - ahead_ms,
        app_version="1",
    )
    return bool([*hq_trial._skew(heard, clock, "en")])


def status_tells(ahead_ms: int) -> bool:
    report = {"clock_skew_ms": ahead_ms, "clock_step": None}
    return bool(tables._clock(report, ZoneInfo("UTC")))


@pytest.mark.parametrize("tells", [doctor_tells, check_tells, setup_tells, status_tells])
@pytest.mark.parametrize("way", [1, -1])
def test_a_minute_is_told_and_a_second_less_is_not(tells: Callable[[int], bool], way: int) -> None:
    assert tells(way * TOLD_FROM_MS)
    assert not tells(way * (TOLD_FROM_MS - SECOND_MS))


def test_ten_minutes_are_bad() -> None:
    (found,) = judge(ClockFacts(ahead_of_hq_ms=AHEAD_MS + MINUTE_MS))
    assert found.result is Result.BAD
    assert status_check._skew(AHEAD_MS + MINUTE_MS, LIMITS).state is State.CRITICAL


def test_the_help_tells_the_limits_that_hold() -> None:
    for name, bounds in msgspec.structs.asdict(Thresholds()).items():
        assert _LIMITS[name].endswith(f"({bounds.warning},{bounds.critical})")
