"""Shares of sales from before promotions: none takes more than the price of its own lines."""

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.basket import Line
from agent.domain.shares import Discount, net_of_lines
from tests.domain.factories import line

SKUS = ("A", "B", "C")
some_skus = st.sets(st.sampled_from(SKUS)).map(lambda skus: tuple(sorted(skus)))
lines = st.lists(
    st.builds(line, st.sampled_from(SKUS), st.integers(0, 2_000), st.integers(1, 5)),
    min_size=1,
    max_size=5,
).map(tuple)
discounts = st.lists(st.builds(Discount, fen=st.integers(0, 3_000), skus=some_skus), max_size=2)


@given(lines, discounts)
def test_no_line_bears_more_than_its_price(
    basket: tuple[Line, ...], discounts: list[Discount]
) -> None:
    net = net_of_lines(basket, discounts)
    assert all(0 <= fen <= one.amount_fen for fen, one in zip(net, basket, strict=True))
    there = sum(one.amount_fen for one in basket)
    assert there - sum(net) == min(there, sum(one.fen for one in discounts))


def test_what_is_left_is_what_earlier_discounts_did_not_take() -> None:
    basket = (line("A", 1_000), line("B", 1_000))
    assert net_of_lines(basket, [Discount(fen=500)]) == [750, 750]
    assert net_of_lines(basket, [Discount(fen=500, skus=("B",))]) == [1_000, 500]
    assert net_of_lines(basket, [Discount(fen=1_500, skus=("B",))]) == [500, 0]
