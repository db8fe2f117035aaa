"""The rules for PINs: which are too simple, and how long wrong ones lock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import HOUR_MS, MINUTE_MS, Millis
from agent.domain.staff.pin import (
    BURST,
    FREE_FAILURES,
    REFILL_MS,
    Tries,
    after_try,
    is_guessable,
    number_wait_ms,
    pc_after_right,
    pc_after_try,
    pc_wait_ms,
)

NOW = Millis(1_767_240_000_000)


@pytest.mark.parametrize("pin", ["0000", "99999999", "1234", "4321", "3456789"])
def test_what_is_guessed_first_is_known(pin: str) -> None:
    assert is_guessable(pin)


@pytest.mark.parametrize("pin", ["2580", "1235", "1123", "9012"])
def test_other_pins_are_good(pin: str) -> None:
    assert not is_guessable(pin)


def test_the_lock_begins_at_a_minute_and_doubles_to_an_hour() -> None:
    waits, tries, now = [], Tries(), NOW
    for _ in range(FREE_FAILURES + 8):
        tries = after_try(tries, now)
        waits.append(number_wait_ms(tries, now))
        now = Millis(now + waits[-1])
        assert number_wait_ms(tries, now) == 0
    minutes = [wait / MINUTE_MS for wait in waits]
    assert minutes == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_lock_set_by_a_clock_that_ran_ahead_is_over_and_the_next_wrong_pin_locks_again() -> None:
    tries = Tries(failures=99, locked_until=Millis(NOW + HOUR_MS))
    assert number_wait_ms(tries, NOW) == HOUR_MS
    before = Millis(NOW - 1)
    assert number_wait_ms(tries, before) == 0
    assert number_wait_ms(after_try(tries, before), before) == HOUR_MS


def test_wrong_pins_by_a_clock_that_ran_ahead_hold_nobody_up() -> None:
    empty_at = Millis(0)
    for _ in range(BURST):
        empty_at = pc_after_try(empty_at, NOW)
    before = Millis(NOW - 1)
    assert pc_wait_ms(empty_at, NOW) == REFILL_MS
    assert pc_wait_ms(empty_at, before) == 0
    assert pc_after_try(empty_at, before) == before + REFILL_MS


def test_this_pc_bears_a_burst_and_then_one_at_a_time() -> None:
    empty_at = Millis(0)
    for _ in range(BURST):
        assert pc_wait_ms(empty_at, NOW) == 0
        empty_at = pc_after_try(empty_at, NOW)
    assert pc_wait_ms(empty_at, NOW) == REFILL_MS
    assert pc_wait_ms(empty_at, Millis(NOW + REFILL_MS)) == 0
    assert pc_wait_ms(pc_after_right(empty_at), NOW) == 0


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 10 * REFILL_MS)), max_size=200))
def test_within_any_time_no_more_wrong_pins_are_borne_than_the_bucket_holds(
    steps: list[tuple[bool, int]],
) -> None:
    """Right PINs between wrong ones win no further guess."""
    empty_at, now, wrong = Millis(0), NOW, 0
    for right, passed in steps:
        now = Millis(now + passed)
        if pc_wait_ms(empty_at, now) == 0:
            empty_at = pc_after_try(empty_at, now)
            if right:
                empty_at = pc_after_right(empty_at)
            wrong += not right
    assert wrong <= BURST + (now - NOW) / REFILL_MS
