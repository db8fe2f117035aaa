"""Retries spread out, grow, and never come sooner than the peer asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.backoff import BASE_MS, CAP_MS, MAX_RETRY_AFTER_MS, delay_ms

attempts = st.integers(1, 10**9)
draws = st.floats(0, 1, exclude_max=True)
asked = st.none() | st.integers(0, 10**12)


@given(attempts, draws)
def test_a_wait_lies_between_nothing_and_the_cap(attempt: int, draw: float) -> None:
    assert 0 <= delay_ms(attempt, draw=draw) < CAP_MS


@given(attempts, draws)
def test_the_same_draw_never_waits_less_at_a_later_attempt(attempt: int, draw: float) -> None:
    assert delay_ms(attempt, draw=draw) <= delay_ms(attempt + 1, draw=draw)


@pytest.mark.parametrize(
    ("attempt", "ceiling_ms"),
    [(1, 200), (2, 400), (3, 800), (8, 25_600), (9, 51_200), (10, 60_000), (1_000_000, 60_000)],
)
def test_the_ceiling_doubles_up_to_the_cap(attempt: int, ceiling_ms: int) -> None:
    assert delay_ms(attempt, draw=0.5) == ceiling_ms // 2
    assert delay_ms(attempt, draw=0.0) == 0, "full jitter begins at nothing"


def test_the_first_ceiling_is_the_base() -> None:
    assert delay_ms(1, draw=1 - 2**-53) == BASE_MS - 1


@given(attempts, draws, asked)
def test_a_peers_retry_after_is_honoured_and_bounded(
    attempt: int, draw: float, asked_ms: int | None
) -> None:
    waited = delay_ms(attempt, draw=draw, retry_after_ms=asked_ms)
    honoured = min(asked_ms or 0, MAX_RETRY_AFTER_MS)
    assert honoured <= waited < honoured + CAP_MS


def test_stores_that_were_told_the_same_still_spread() -> None:
    waits = {delay_ms(5, draw=n / 100, retry_after_ms=5_000) for n in range(100)}
    assert len(waits) == 100
    assert min(waits) == 5_000
