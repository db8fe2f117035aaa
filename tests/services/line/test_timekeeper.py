"""The store's time: nobody at the PC turns it back, and HQ's clock outranks the PC's."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS, Millis
from agent.domain.coupons.decision import decide
from agent.domain.line.effective_time import AHEAD_MS
from agent.domain.outcome import Outcome, Reason
from agent.services.desk.timekeeper import Timekeeper
from tests.domain.factories import campaign, claims, facts
from tests.services.stopped_clock import NOON, StoppedClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEVER = Millis(0)
FOUR, MIDNIGHT = datetime.time(4), datetime.time(0)


def keeper(
    clock: StoppedClock, *, contact_at: int = NEVER, newest_journal: int = NEVER, **day: Any
) -> Timekeeper:
    """A timekeeper just started."""
    return Timekeeper(
        clock=clock,
        zone=SHANGHAI,
        contact_at=Millis(contact_at),
        newest_journal=Millis(newest_journal),
        **day,
    )


def set_clock(clock: StoppedClock, by_ms: int) -> None:
    """Somebody sets the PC's clock; no time passes."""
    clock.now = Millis(clock.now + by_ms)


# A coupon that has expired stays expired

EXPIRES = Millis(NOON + HOUR_MS)


def verdict(time: Timekeeper) -> Reason | None:
    coupon = claims(not_before=NEVER, expires=EXPIRES)
    running = campaign(starts_at=NEVER, ends_at=Millis(NOON + 400 * DAY_MS))
    decision = decide(coupon, facts(now=time.now(), campaign=running))
    assert decision.outcome in (Outcome.ACCEPTED, Outcome.REFUSED)
    return decision.reason


@pytest.mark.parametrize("heard", [True, False])
def test_setting_the_pcs_clock_back_never_revives_a_coupon(heard: bool) -> None:
    clock = StoppedClock()
    time = keeper(clock)
    if heard:
        time.heard(clock.wall())
    assert verdict(time) is None
    clock.advance(HOUR_MS)
    assert verdict(time) is Reason.EXPIRED
    set_clock(clock, -30 * DAY_MS)
    assert verdict(time) is Reason.EXPIRED


def test_a_coupon_that_expires_while_the_clock_is_set_back_expires() -> None:
    clock = StoppedClock()
    time = keeper(clock)
    time.heard(clock.wall())
    set_clock(clock, -30 * DAY_MS)
    clock.advance(HOUR_MS - 1)
    assert verdict(time) is None
    clock.advance(1)
    assert verdict(time) is Reason.EXPIRED


@pytest.mark.parametrize("known", ["contact_at", "newest_journal"])
def test_nor_does_it_after_a_restart(known: str) -> None:
    clock = StoppedClock(Millis(NOON - 30 * DAY_MS))
    assert verdict(keeper(clock)) is None, "the control: with nothing known, the clock is believed"
    assert verdict(keeper(clock, **{known: EXPIRES})) is Reason.EXPIRED


def test_after_a_restart_the_pcs_clock_tells_how_long_it_was_off() -> None:
    clock = StoppedClock(Millis(NOON + 8 * HOUR_MS))
    assert keeper(clock, contact_at=NOON, newest_journal=NOON).now() == NOON + 8 * HOUR_MS


# A clock that runs ahead


def test_while_hq_is_heard_setting_the_clock_forward_changes_nothing() -> None:
    clock = StoppedClock()
    time = keeper(clock)
    time.heard(clock.wall())
    set_clock(clock, 365 * DAY_MS)
    assert verdict(time) is None
    assert time.now() == NOON
    clock.advance(MINUTE_MS)
    assert time.now() == NOON + MINUTE_MS


def test_hq_sets_a_clock_right_that_ran_ahead_before_the_first_question() -> None:
    clock = StoppedClock(Millis(NOON + 365 * DAY_MS))
    time = keeper(clock, contact_at=NOON - DAY_MS)
    time.heard(NOON)
    assert time.now() == NOON
    assert verdict(time) is None


def test_what_was_told_before_hq_was_heard_is_waited_for() -> None:
    clock = StoppedClock(Millis(NOON + MINUTE_MS))
    time = keeper(clock)
    assert time.now() == NOON + MINUTE_MS
    time.heard(NOON)
    assert time.now() == NOON + MINUTE_MS, "time stands until HQ's clock has caught up"
    clock.advance(MINUTE_MS + 1)
    assert time.now() == NOON + MINUTE_MS + 1


def test_a_clock_that_was_a_year_ahead_is_let_go_when_hq_is_heard() -> None:
    clock = StoppedClock(Millis(NOON + 365 * DAY_MS))
    time = keeper(clock, newest_journal=NOON + 365 * DAY_MS)
    assert verdict(time) is Reason.EXPIRED, "the control: until HQ is heard, the clock is believed"
    time.heard(NOON)
    assert time.now() == NOON
    assert verdict(time) is None


# Monotone, whatever happens to the PC; HQ alone may find a time far ahead

steps = st.lists(
    st.tuples(st.just("pass"), st.integers(0, DAY_MS))
    | st.tuples(st.just("set"), st.integers(-DAY_MS, DAY_MS))
    | st.tuples(st.just("hear"), st.integers(-DAY_MS, DAY_MS))
    | st.tuples(st.just("ask"), st.just(0)),
    max_size=30,
)


@given(steps, st.integers(-DAY_MS, DAY_MS), st.integers(-DAY_MS, DAY_MS))
def test_it_tells_an_earlier_time_only_if_hq_finds_it_far_ahead(
    done: list[tuple[str, int]], contact: int, newest: int
) -> None:
    clock = StoppedClock()
    time = keeper(clock, contact_at=NOON + contact, newest_journal=NOON + newest)
    told = time.now()
    assert told >= NOON + max(contact, newest)
    for what, ms in done:
        if what == "pass":
            clock.advance(ms)
        elif what == "set":
            set_clock(clock, ms)
        elif what == "hear":
            time.heard(Millis(NOON + ms))
        let_go = what == "hear" and told - (NOON + ms) > AHEAD_MS
        assert time.now() >= (NOON + ms if let_go else told)
        told = time.now()


@given(st.integers(0, DAY_MS), st.integers(-DAY_MS, DAY_MS))
def test_after_hq_was_heard_time_passes_as_fast_as_it_does(passed: int, set_by: int) -> None:
    clock = StoppedClock()
    time = keeper(clock)
    time.heard(NOON)
    set_clock(clock, set_by)
    clock.advance(passed)
    assert time.now() == NOON + passed


# What else it tells


def test_the_skew_of_the_pcs_clock_is_known_once_hq_was_heard_in_this_run() -> None:
    clock = StoppedClock(Millis(NOON + 5_000))
    time = keeper(clock, contact_at=NOON)
    assert time.skew_ms() is None
    time.heard(NOON)
    clock.advance(HOUR_MS)
    assert time.skew_ms() == 5_000
    set_clock(clock, -6_000)
    assert time.skew_ms() == -1_000


@pytest.mark.parametrize(
    ("before_midnight_ms", "date"),
    [(1, "2026-01-01"), (0, "2026-01-02"), (-1, "2026-01-02")],
)
def test_the_business_date_changes_at_the_stores_midnight(
    before_midnight_ms: int, date: str
) -> None:
    midnight = NOON + 12 * HOUR_MS
    assert keeper(StoppedClock()).business_date(Millis(midnight - before_midnight_ms)) == date


def test_a_day_goes_on_when_its_hour_is_set_later_in_the_middle_of_it() -> None:
    """At 02:00 of the 2nd, under a day that began at midnight, the hour is set to 04:00."""
    clock = StoppedClock(Millis(NOON + 14 * HOUR_MS))
    fresh = keeper(clock, day_begins=FOUR, newest_day="2026-01-01")
    assert fresh.today() == "2026-01-01", "the control: nothing was recorded on the 2nd"
    time = keeper(clock, day_begins=FOUR, newest_day="2026-01-02")
    assert time.today() == "2026-01-02"
    clock.advance(23 * HOUR_MS)
    assert time.today() == "2026-01-02"
    clock.advance(3 * HOUR_MS)
    assert time.today() == "2026-01-03"


def test_a_day_ends_when_its_hour_is_set_earlier_in_the_middle_of_it() -> None:
    clock = StoppedClock(Millis(NOON + 14 * HOUR_MS))
    assert keeper(clock, day_begins=MIDNIGHT, newest_day="2026-01-01").today() == "2026-01-02"


def test_the_day_of_a_clock_that_ran_ahead_is_let_go_with_its_time() -> None:
    clock = StoppedClock(Millis(NOON + 365 * DAY_MS))
    time = keeper(clock, newest_day="2027-01-01")
    assert time.today() == "2027-01-01"
    time.heard(NOON)
    assert time.today() == "2026-01-01"
