"""How long a store waits, and what of Retry-After it believes."""

import pytest

from agent.base.backoff import MAX_RETRY_AFTER_MS
from agent.base.clock import MINUTE_MS, Millis
from sync.errors import FencedError, RejectedError, ThrottledError, TransportFailedError
from sync.retry import retry_after_ms, wait_ms

NOON = Millis(1_770_033_600_000)  # 2026-02-02T12:00:00Z


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", 120_000),
        (" 7 ", 7_000),
        ("0", 0),
        ("Mon, 02 Feb 2026 12:00:30 GMT", 30_000),
        ("Mon, 02 Feb 2026 11:00:00 GMT", 0),
        ("Mon, 02 Feb 2026 12:00:30", 30_000),
        ("999999999", MAX_RETRY_AFTER_MS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_MS),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("9" * 5_000, None),
        ("Mon, 99 Feb 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(
    header: str | None, expected: int | None
) -> None:
    assert retry_after_ms(header, NOON) == expected


def test_retry_after_is_a_lower_bound() -> None:
    error = ThrottledError("http_429", retry_after_ms=30_000)
    assert wait_ms(error, 1, draw=0.0) == 30_000
    assert wait_ms(error, 1, draw=0.9) > 30_000


def test_waits_grow_and_are_spread() -> None:
    error = TransportFailedError("timeout")
    assert [wait_ms(error, n, draw=0.5) for n in (1, 2, 3)] == [100, 200, 400]
    assert wait_ms(error, 1_000, draw=0.999) <= MINUTE_MS
    assert wait_ms(error, 5, draw=0.0) == 0


@pytest.mark.parametrize("error", [FencedError("fenced"), RejectedError("http_401")])
def test_what_only_people_can_mend_is_tried_every_few_minutes(error: FencedError) -> None:
    assert wait_ms(error, 1, draw=0.0) == 2 * MINUTE_MS
    assert wait_ms(error, 50, draw=0.5) == 3 * MINUTE_MS
