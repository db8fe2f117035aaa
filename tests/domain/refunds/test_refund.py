"""Refunds: any number of them together give exactly what was paid, and never a piece twice."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.domain.basket import Line, points_earned
from agent.domain.refunds.refund import (
    Back,
    Bought,
    NotLeftError,
    Reckoned,
    left_of,
    reckon,
)
from agent.domain.shares import Discount, net_of_lines

SKUS = ("a", "b", "c")


def line(sku: str, unit_price_fen: int, quantity: int = 1) -> Line:
    return Line(
        sku=sku,
        name=sku,
        quantity=quantity,
        unit_price_fen=unit_price_fen,
        amount_fen=unit_price_fen * quantity,
    )


def summed(sku: str, amount_fen: int, quantity: int) -> Line:
    """A line whose sum the POS gave: its pieces need not come to whole fen."""
    return replace(line(sku, 1, quantity), amount_fen=amount_fen)


def bought(*lines: Line, off: Iterable[Discount] = ()) -> Bought:
    discounts = tuple(off)
    payable = sum(one.amount_fen for one in lines) - sum(one.fen for one in discounts)
    return Bought(
        lines=lines,
        net_fen=tuple(net_of_lines(lines, discounts)),
        payable_fen=payable,
        points_earned=payable // 100,
    )


@st.composite
def sales(draw: st.DrawFn) -> Bought:
    lines = draw(
        st.lists(
            st.builds(line, st.sampled_from(SKUS), st.integers(0, 20_000), st.integers(1, 12))
            | st.builds(summed, st.sampled_from(SKUS), st.integers(0, 20_000), st.integers(1, 12)),
            min_size=1,
            max_size=6,
        )
    )
    left = sum(one.amount_fen for one in lines)
    discounts = []
    for _ in range(draw(st.integers(0, 3))):
        fen = draw(st.integers(0, left))
        left -= fen
        skus = draw(st.sets(st.sampled_from(SKUS)))
        discounts.append(Discount(fen=fen, skus=tuple(sorted(skus))))
    return bought(*lines, off=discounts)


@st.composite
def refunded(draw: st.DrawFn) -> tuple[Bought, list[Reckoned]]:
    """A sale, and refunds of pieces of it until nothing is left."""
    sale = draw(sales())
    earlier: list[Back] = []
    refunds = []
    while left := left_of(sale, earlier):
        places = draw(st.sets(st.sampled_from(sorted(left)), min_size=1))
        wanted = {place: draw(st.integers(1, left[place])) for place in places}
        refunds.append(reckon(sale, earlier, wanted))
        earlier += refunds[-1].lines
    return sale, refunds


@given(refunded())
def test_all_refunds_together_give_exactly_what_was_paid(
    told: tuple[Bought, list[Reckoned]],
) -> None:
    sale, refunds = told
    assert sum(one.refunded_fen for one in refunds) == sale.payable_fen
    assert sum(one.points_back for one in refunds) == sale.points_earned
    assert all(one.refunded_fen == sum(back.amount_fen for back in one.lines) for one in refunds)
    assert all(back.amount_fen >= 0 for one in refunds for back in one.lines)
    assert all(one.points_back >= 0 for one in refunds)
    assert [one.whole for one in refunds] == [False] * (len(refunds) - 1) + [True]


@given(refunded())
def test_what_a_piece_gives_does_not_hang_on_the_order_by_more_than_a_fen(
    told: tuple[Bought, list[Reckoned]],
) -> None:
    sale, refunds = told
    net = sale.net_fen
    for back in (back for one in refunds for back in one.lines):
        pieces = sale.lines[back.place].quantity
        assert abs(back.amount_fen * pieces - net[back.place] * back.quantity) < pieces


@given(sales())
def test_the_lines_come_to_what_was_paid_and_none_below_zero(sale: Bought) -> None:
    net = sale.net_fen
    assert sum(net) == sale.payable_fen
    assert all(0 <= fen <= one.amount_fen for fen, one in zip(net, sale.lines, strict=True))


def test_a_discount_is_shared_by_price() -> None:
    sale = bought(line("a", 6_000), line("b", 350, 2), off=[Discount(fen=500)])
    assert list(sale.net_fen) == [6_000 - 448, 700 - 52]


def test_a_discount_for_certain_articles_is_theirs_alone() -> None:
    sale = bought(line("a", 6_000), line("b", 350, 2), off=[Discount(fen=70, skus=("b",))])
    assert list(sale.net_fen) == [6_000, 630]
    assert reckon(sale, (), {0: 1}).refunded_fen == 6_000


def test_single_fen_of_a_share_go_back_with_the_last_piece() -> None:
    sale = bought(line("a", 100, 3), off=[Discount(fen=100)])
    first = reckon(sale, (), {0: 1})
    second = reckon(sale, first.lines, {0: 1})
    third = reckon(sale, first.lines + second.lines, {0: 1})
    assert [one.refunded_fen for one in (first, second, third)] == [66, 67, 67]


def test_points_stay_for_what_stays_paid() -> None:
    sale = bought(line("a", 1_050), line("b", 1_000))
    assert sale.points_earned == 20
    assert reckon(sale, (), {0: 1}).points_back == 10, "of 10.00 that stay, 10"
    assert reckon(sale, (), {0: 1, 1: 1}).points_back == 20


def test_refunds_never_give_more_than_was_paid_when_the_shares_have_changed_since() -> None:
    first = Back(place=0, quantity=1, amount_fen=1_000)
    sale = bought(line("a", 1_000), line("b", 1_000), off=[Discount(fen=500, skus=("a",))])
    assert reckon(sale, (first,), {1: 1}).refunded_fen == 500
    low = Back(place=0, quantity=1, amount_fen=300)
    assert reckon(sale, (low,), {1: 1}).refunded_fen == 1_200


@pytest.mark.parametrize(("place", "quantity", "left"), [(0, 2, 1), (1, 1, 0), (7, 1, 0)])
def test_pieces_that_are_not_left_are_refused(place: int, quantity: int, left: int) -> None:
    sale = bought(line("a", 100, 2), line("b", 100))
    earlier = (
        Back(place=0, quantity=1, amount_fen=100),
        Back(place=1, quantity=1, amount_fen=100),
    )
    with pytest.raises(NotLeftError) as refused:
        reckon(sale, earlier, {place: quantity})
    assert (refused.value.place, refused.value.left) == (place, left)
    assert reckon(sale, earlier, {0: 1}).whole


def test_a_piece_that_was_given_back_twice_makes_no_later_refund_negative() -> None:
    """A PC that had not been told of the first refund gave it again."""
    sale = bought(line("A", 800), line("B", 200))
    twice = (Back(place=0, quantity=1, amount_fen=800),) * 2
    assert left_of(sale, twice) == {1: 1}
    assert reckon(sale, twice, {1: 1}).refunded_fen == 0


def test_half_a_yuan_back_takes_no_point_that_what_stays_paid_has_earned() -> None:
    sale = bought(line("a", 1_049), line("b", 50))
    first = reckon(sale, (), {1: 1})
    assert (sale.points_earned, first.refunded_fen, first.points_back) == (10, 50, 0)
    assert reckon(sale, first.lines, {0: 1}).points_back == 10


def test_points_that_were_taken_by_another_rule_are_not_taken_twice() -> None:
    sale = replace(bought(line("a", 1_049), line("b", 50)), points_back=1)
    earlier = (Back(place=1, quantity=1, amount_fen=50),)
    assert reckon(sale, earlier, {0: 1}).points_back == 9


@given(refunded())
def test_the_points_that_stay_are_those_that_a_sale_of_what_stays_paid_earns(
    told: tuple[Bought, list[Reckoned]],
) -> None:
    sale, refunds = told
    paid, points = sale.payable_fen, sale.points_earned
    for one in refunds:
        paid -= one.refunded_fen
        points -= one.points_back
        assert points == points_earned(paid)


def test_pieces_of_a_line_with_a_sum_of_its_own_share_the_odd_fen() -> None:
    two_for = replace(line("a", 70, 2), amount_fen=119)
    sale = bought(two_for)
    first = reckon(sale, (), {0: 1})
    second = reckon(sale, first.lines, {0: 1})
    assert [first.refunded_fen, second.refunded_fen] == [59, 60]
