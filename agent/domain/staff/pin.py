"""PINs: their form, and how many wrong ones are borne. Pure rules; the store keeps the counts."""

from itertools import pairwise
from typing import Annotated

from msgspec import Meta, Struct

from agent.base.clock import HOUR_MS, MINUTE_MS, Millis

MIN_PIN_DIGITS = 4
MAX_PIN_DIGITS = 8

FREE_FAILURES = 5
"""So many wrong PINs in a row for one number, and it is locked."""
FIRST_LOCK_MS = MINUTE_MS
"""The first lock; each further wrong PIN doubles it."""
LONGEST_LOCK_MS = HOUR_MS

BURST = 20
"""Wrong PINs on this PC at once, spread over whatever numbers."""
REFILL_MS = 3 * MINUTE_MS
"""Afterwards one more in this time: 20 an hour, so guessing at many numbers leads nowhere."""

Pin = Annotated[
    str,
    Meta(
        pattern=rf"\A[0-9]{{{MIN_PIN_DIGITS},{MAX_PIN_DIGITS}}}\Z",
        description=f"{MIN_PIN_DIGITS} to {MAX_PIN_DIGITS} digits.",
    ),
]


class Tries(Struct, frozen=True, kw_only=True):
    """The wrong PINs in a row for one number."""

    failures: int = 0
    locked_until: Millis = Millis(0)


def is_guessable(pin: str) -> bool:
    """Whether `pin` is among the first that anybody tries: 0000, 1234, 8765."""
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {-1, 0, 1}


def after_try(tries: Tries, now: Millis) -> Tries:
    """Return `tries` with one more, counted as wrong until it proves right."""
    failures = tries.failures + 1
    if failures < FREE_FAILURES:
        return Tries(failures=failures)
    doubled = FIRST_LOCK_MS << min(failures - FREE_FAILURES, 20)
    return Tries(failures=failures, locked_until=Millis(now + min(doubled, LONGEST_LOCK_MS)))


def number_wait_ms(tries: Tries, now: Millis) -> int:
    """Return how long this number is still locked; 0 when it is not.

    A lock that would last longer than any does was set by a clock that ran ahead: it is over.
    """
    left = tries.locked_until - now
    return left if 0 < left <= LONGEST_LOCK_MS else 0


def pc_wait_ms(empty_at: Millis, now: Millis) -> int:
    """Return how long this PC takes no PIN; 0 when it does.

    A leaky bucket (GCRA): `empty_at` is when the last wrong PIN will be forgotten.
    """
    return max(0, _held_ms(empty_at, now) - (BURST - 1) * REFILL_MS)


def pc_after_try(empty_at: Millis, now: Millis) -> Millis:
    """Return when the bucket will be empty, with one more try in it."""
    return Millis(now + _held_ms(empty_at, now) + REFILL_MS)


def pc_after_right(empty_at: Millis) -> Millis:
    """Return the same once a try proved right: only its own place is given back."""
    return Millis(empty_at - REFILL_MS)


def _held_ms(empty_at: Millis, now: Millis) -> int:
    """What is in the bucket. More than it holds was put in by a clock that ran ahead: nothing."""
    held = empty_at - now
    return held if 0 < held <= BURST * REFILL_MS else 0
