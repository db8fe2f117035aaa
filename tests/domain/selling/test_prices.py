"""What an article costs at a moment, at each edge; a special price lies over the article's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import Millis
from agent.domain.selling.prices import (
    PlannedPrice,
    changes_between,
    own_price_at,
    price_at,
    still_planned,
)

STAYS = PlannedPrice(price_fen=1_200, starts_at=100)
LATER = PlannedPrice(price_fen=1_300, starts_at=300)
SPECIAL = PlannedPrice(price_fen=900, starts_at=200, ends_at=400)
ALL = (LATER, SPECIAL, STAYS)


@pytest.mark.parametrize(
    ("at", "price", "own"),
    [
        (99, 1_000, 1_000),
        (100, 1_200, 1_200),
        (199, 1_200, 1_200),
        (200, 900, 1_200),
        (300, 900, 1_300),
        (399, 900, 1_300),
        (400, 1_300, 1_300),
    ],
)
def test_the_price_changes_at_the_very_instant(at: int, price: int, own: int) -> None:
    assert price_at(1_000, ALL, Millis(at)) == price
    assert own_price_at(1_000, ALL, Millis(at)) == own


prices = st.builds(
    PlannedPrice,
    price_fen=st.integers(0, 9),
    starts_at=st.integers(0, 12),
    ends_at=st.none() | st.integers(0, 12),
)


@given(
    st.lists(prices, unique_by=lambda one: one.starts_at), st.integers(0, 13), st.integers(0, 13)
)
def test_leaving_out_what_lies_behind_changes_nothing_that_is_paid_later(
    planned: list[PlannedPrice], now: int, later: int
) -> None:
    at, then = Millis(now), Millis(now + later)
    own, left = own_price_at(5, planned, at), still_planned(planned, at)
    assert price_at(own, left, then) == price_at(5, planned, then)


@given(
    st.lists(prices, unique_by=lambda one: one.starts_at), st.integers(0, 12), st.integers(0, 12)
)
def test_a_price_that_differs_is_told_as_a_change(
    planned: list[PlannedPrice], after: int, longer: int
) -> None:
    then, now = Millis(after), Millis(after + longer)
    if price_at(5, planned, then) != price_at(5, planned, now):
        assert changes_between(planned, then, now)
    assert not changes_between(planned, now, now)
