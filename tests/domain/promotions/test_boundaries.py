"""Each effect at its edge: one fen or one piece less gives nothing, or less."""

from typing import Any

import pytest

from agent.domain.basket import Line
from agent.domain.promotions.offered import Why
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from tests.domain.promotions.random_cases import line
from tests.domain.promotions.shop import book_of, coupon, here, of_one

HALF_SECOND = {"kind": "nth_piece", "n": 2, "pay_bp": 5_000}
MEAL = {
    "kind": "set_price",
    "price_fen": 2_000,
    "groups": [{"articles": ["main"]}, {"articles": ["side"], "quantity": 2}],
}
STEPS = {
    "kind": "tiered_amount_off",
    "steps": [{"min_fen": 1_000, "off_fen": 100}, {"min_fen": 2_000, "off_fen": 300}],
}
FROM_500_80 = {
    "kind": "tiered_percent_off",
    "steps": [{"min_fen": 500, "pay_bp": 8_000}],
    "cap_fen": 120,
}
WITH_TWO = {"kind": "gift", "steps": [{"pieces": 2, "choices": ["g"]}]}
TWO_80_THREE_70 = {
    "kind": "tiered_percent_off",
    "steps": [{"pieces": 2, "pay_bp": 8_000}, {"pieces": 3, "pay_bp": 7_000}],
}
PER_FULL = {"kind": "amount_off", "min_fen": 10_000, "off_fen": 1_000, "repeats": 3}
GIFTS = {
    "kind": "gift",
    "steps": [{"min_fen": 10_000, "choices": ["g"]}, {"min_fen": 20_000, "choices": ["h", "i"]}],
}


def goods(**prices: int) -> tuple[Line, ...]:
    """One piece of each."""
    return tuple(line(sku, price_fen) for sku, price_fen in prices.items())


@pytest.mark.parametrize(
    ("effect", "lines", "off_fen"),
    [
        (PER_FULL, goods(a=9_999), 0),
        (PER_FULL, goods(a=10_000), 1_000),
        (PER_FULL, goods(a=19_999), 1_000),
        (PER_FULL, goods(a=30_000), 3_000),
        (PER_FULL, goods(a=40_000), 3_000),
        ({"kind": "percent_off", "pay_bp": 9_000, "cap_fen": 1_000}, goods(a=10_000), 1_000),
        ({"kind": "percent_off", "pay_bp": 9_000, "cap_fen": 1_000}, goods(a=10_010), 1_000),
        ({"kind": "percent_off", "pay_bp": 9_000, "cap_fen": 1_000}, goods(a=9_990), 999),
        ({"kind": "percent_off", "pay_bp": 9_000, "min_fen": 500}, goods(a=499), 0),
        ({"kind": "percent_off", "pay_bp": 9_000, "min_fen": 500}, goods(a=500), 50),
        ({"kind": "percent_off", "pay_bp": 5_000}, goods(a=1, b=2), 1),  # 1.5 is paid as 2
        (STEPS, goods(a=999), 0),
        (STEPS, goods(a=1_000), 100),
        (STEPS, goods(a=2_000), 300),
        (FROM_500_80, goods(a=499), 0),
        (FROM_500_80, goods(a=500), 100),
        (FROM_500_80, goods(a=600), 120),
        (FROM_500_80, goods(a=601), 120),  # 120.2 capped
        (FROM_500_80, goods(a=700), 120),
        (WITH_TWO, goods(a=100, g=50), 0),
        (WITH_TWO, goods(a=100, b=100, g=50), 50),
        ({"kind": "amount_off", "off_fen": 500}, goods(a=499), 499),
        ({"kind": "amount_off", "off_fen": 500}, goods(a=501), 500),
        (HALF_SECOND, goods(a=1_000), 0),
        (HALF_SECOND, goods(a=1_000, b=800), 400),
        (HALF_SECOND, goods(a=1_000, b=800, c=600), 400),
        (HALF_SECOND, goods(a=1_000, b=800, c=600, d=500), 650),
        (TWO_80_THREE_70, goods(a=1_000), 0),
        (TWO_80_THREE_70, goods(a=1_000, b=500), 300),
        (TWO_80_THREE_70, goods(a=1_000, b=500, c=500), 600),
        ({"kind": "buy_get", "buy": 2}, (line("a", 300, 2),), 0),
        ({"kind": "buy_get", "buy": 2}, (line("a", 300, 2), line("b", 200)), 200),
        ({"kind": "buy_get", "buy": 2}, (line("a", 300, 6),), 600),
        ({"kind": "buy_get", "buy": 1, "price_fen": 100}, goods(a=300, b=250), 150),
        (
            {"kind": "buy_get", "buy": 1, "get_from": {"articles": ["b"]}},
            goods(a=300, b=500),
            500,
        ),
        (MEAL, (line("main", 1_500), line("side", 500)), 0),
        (MEAL, (line("main", 1_500), line("side", 500, 2)), 500),
        (MEAL, (line("main", 1_500, 2), line("side", 500, 4)), 1_000),
        (MEAL, (line("main", 900), line("side", 500, 2)), 0),  # dearer than its pieces
        (GIFTS, (*goods(a=9_999), *goods(g=500)), 0),
        (GIFTS, (*goods(a=10_000), *goods(g=500)), 500),
        (GIFTS, (*goods(a=9_600), *goods(g=500)), 0),  # the gift does not count for itself
        (GIFTS, (*goods(a=20_000), *goods(h=300, i=400)), 400),
        ({"kind": "special_price", "price_fen": 99}, (line("a", 100, 3),), 3),
        ({"kind": "special_price", "price_fen": 101}, (line("a", 100, 3),), 0),
        (
            {
                "kind": "tiered_amount_off",
                "steps": [
                    {"min_fen": 1_000, "off_fen": 100},
                    {"min_fen": 2_000, "off_fen": 300},
                ],
            },
            goods(a=1_999),
            100,
        ),
    ],
)
def test_at_its_edge(effect: dict[str, Any], lines: tuple[Line, ...], off_fen: int) -> None:
    assert of_one(effect, *lines).discount_fen == off_fen


@pytest.mark.parametrize(("fen", "off_fen"), [(9_999, 0), (10_000, 500)])
def test_a_reduction_for_picking_up_begins_at_its_minimum(fen: int, off_fen: int) -> None:
    effect = {"kind": "pickup_off", "min_fen": 10_000, "off_fen": 500}
    book = Prepared(book_of({"id": "P", "effect": effect}))

    assert price([line("a", fen)], book, here(channel="pickup")).discount_fen == off_fen


def test_two_coupons_that_may_stand_together_are_tested_on_the_price_before_them() -> None:
    """满100减20 twice on 100.00: 60.00 are paid."""
    effect = {"kind": "amount_off", "min_fen": 10_000, "off_fen": 2_000}
    book = Prepared(book_of({"id": "P", "trigger": "coupon", "effect": effect}))
    both = [coupon("c1", "P"), coupon("c2", "P", "offline")]

    assert price([line("a", 10_000)], book, here(coupons=both)).payable_fen == 6_000


def test_what_is_missing_is_told_to_the_fen() -> None:
    answer = of_one({"kind": "amount_off", "min_fen": 10_000, "off_fen": 2_000}, line("a", 8_760))
    (lack,) = answer.not_applied

    assert lack.why is Why.MIN_SPEND_NOT_MET
    assert (lack.detail["short_fen"], lack.detail["off_fen"]) == (1_240, 2_000)


def test_two_coupons_for_a_cola_take_no_more_than_its_price() -> None:
    effect = {"kind": "amount_off", "off_fen": 300}
    one = {"trigger": "coupon", "effect": effect, "scope": {"articles": ["cola"]}}
    book = Prepared(book_of({"id": "P", **one}))
    both = [coupon("c1", "P"), coupon("c2", "P", "offline")]
    answer = price([line("cola", 350), line("a", 1_000)], book, here(coupons=both))

    assert [share.fen for share in answer.lines[0].allocations] == [300, 50]
    assert answer.payable_fen == 1_000


def test_a_gift_priced_nothing_uses_its_coupon_when_it_is_in_the_basket() -> None:
    effect = {"kind": "gift", "steps": [{"choices": ["g"]}]}
    book = Prepared(book_of({"id": "P", "trigger": "coupon", "effect": effect}))
    answer = price([line("g", 0), line("a", 500)], book, here(coupons=[coupon("c", "P")]))

    assert [(used.coupon, used.fen) for used in answer.applied] == [("c", 0)]


def test_weighed_pieces_make_no_set_unless_the_promotion_names_the_article() -> None:
    apples = Line(
        sku="apple", name="", quantity=1, unit_price_fen=1_000, amount_fen=800, weight_g=800
    )

    assert of_one(HALF_SECOND, apples, apples).discount_fen == 0
    named = of_one(HALF_SECOND, apples, apples, scope={"articles": ["apple"]})
    assert named.discount_fen == 400


def test_a_piece_is_in_one_promotion_of_pieces_unless_both_share() -> None:
    two = {"effect": HALF_SECOND}
    lines = [line("a", 1_000), line("b", 1_000)]
    alone = Prepared(book_of({"id": "P", **two}, {"id": "Q", **two}))
    shared = {**two, "stacking": {"shares_pieces": True}}
    both = Prepared(book_of({"id": "P", **shared}, {"id": "Q", **shared}))

    assert price(lines, alone, here()).discount_fen == 500
    assert price(lines, both, here()).discount_fen == 1_000


def test_the_best_combination_wins_and_not_the_greediest_coupon() -> None:
    """One of 30.00 that stands alone, or two of 20.00 that stand together."""
    off = [
        {"id": name, "trigger": "coupon", "effect": {"kind": "amount_off", "off_fen": fen}, **more}
        for name, fen, more in (
            ("A", 3_000, {"stacking": {"beside_coupons": False}}),
            ("B", 2_000, {}),
            ("C", 2_000, {}),
        )
    ]
    coupons = [coupon("a", "A"), coupon("b", "B"), coupon("c", "C", "offline")]
    answer = price([line("x", 10_000)], Prepared(book_of(*off)), here(coupons=coupons))

    assert [used.promotion for used in answer.applied] == ["B", "C"]
    assert [(one.promotion, one.why) for one in answer.not_applied] == [("A", Why.NOT_STACKABLE)]


def test_of_equal_coupons_the_one_that_ends_first_is_used() -> None:
    one = {"trigger": "coupon", "effect": {"kind": "amount_off", "off_fen": 100}}
    coupons = [
        coupon("a", "P", ends="2026-12-31T00:00:00"),
        coupon("b", "P", ends="2026-12-01T00:00:00"),
    ]
    answer = price([line("x", 500)], Prepared(book_of({"id": "P", **one})), here(coupons=coupons))

    assert [used.coupon for used in answer.applied] == ["b"]


def test_of_different_coupons_that_give_the_same_the_one_that_ends_first_is_used() -> None:
    off = {"id": "P", "trigger": "coupon", "effect": {"kind": "amount_off", "off_fen": 100}}
    half = {"id": "Q", "trigger": "coupon", "effect": {"kind": "percent_off", "pay_bp": 8_000}}
    coupons = [
        coupon("a", "P", ends="2026-12-31T00:00:00"),
        coupon("b", "Q", ends="2026-12-01T00:00:00"),
    ]
    answer = price([line("x", 500)], Prepared(book_of(off, half)), here(coupons=coupons))

    assert [used.coupon for used in answer.applied] == ["b"]


def test_of_coupons_of_one_kind_the_larger_is_used() -> None:
    off = [
        {"id": name, "trigger": "coupon", "effect": {"kind": "amount_off", "off_fen": fen}}
        for name, fen in (("P", 100), ("Q", 300), ("R", 200))
    ]
    coupons = [coupon(f"c{name}", name) for name in "PQR"]
    answer = price([line("x", 500)], Prepared(book_of(*off)), here(coupons=coupons))

    assert [used.coupon for used in answer.applied] == ["cQ"]


def test_of_three_coupons_of_one_promotion_those_that_end_first_are_used() -> None:
    off = {"id": "P", "trigger": "coupon", "effect": {"kind": "amount_off", "off_fen": 100}}
    book = Prepared(book_of(off, coupons={"in_all": 2, "online": 2, "offline": 0}))
    ends = {"a": "2026-12-03T00:00:00", "b": "2026-12-01T00:00:00", "c": "2026-12-02T00:00:00"}
    coupons = [coupon(name, "P", ends=moment) for name, moment in ends.items()]
    answer = price([line("x", 500)], book, here(coupons=coupons))

    assert [used.coupon for used in answer.applied] == ["b", "c"]
    assert answer.payable_fen == 300


def test_a_second_discount_is_reckoned_on_what_is_left_or_on_the_full_price() -> None:
    tenth = {"kind": "percent_off", "pay_bp": 9_000}
    for stage, fen in (("left", 8_100), ("list", 8_000)):
        book = book_of(
            {"id": "P", "effect": tenth}, {"id": "Q", "effect": tenth, "reckoned_on": stage}
        )
        assert price([line("a", 10_000)], Prepared(book), here()).payable_fen == fen


def test_a_special_price_that_would_cost_a_larger_discount_is_left() -> None:
    """满100减20 on 100.00; with a piece for 0.01 less there would be nothing off."""
    book = book_of(
        {"id": "P", "effect": {"kind": "amount_off", "min_fen": 10_000, "off_fen": 2_000}},
        {"id": "S", "effect": {"kind": "special_price", "price_fen": 9_999}},
    )
    answer = price([line("a", 10_000)], Prepared(book), here())

    assert answer.payable_fen == 8_000
    assert [(one.promotion, one.why) for one in answer.not_applied] == [("S", Why.BETTER_WITHOUT)]


def test_no_other_coupon_takes_the_place_of_a_mandatory_one() -> None:
    off = {"trigger": "coupon", "effect": {"kind": "amount_off", "off_fen": 300}}
    must = {"trigger": "coupon", "effect": {"kind": "amount_off", "off_fen": 100}}
    book = book_of({"id": "P", **off}, {"id": "Z", **must, "stacking": {"mandatory": True}})
    answer = price(
        [line("a", 900)], Prepared(book), here(coupons=[coupon("p", "P"), coupon("z", "Z")])
    )

    assert [used.coupon for used in answer.applied] == ["z"]


def test_a_mandatory_one_is_taken_also_where_another_were_better() -> None:
    book = book_of(
        {
            "id": "Z",
            "effect": {"kind": "percent_off", "pay_bp": 9_500},
            "stacking": {"mandatory": True, "alone": True},
        },
        {"id": "P", "effect": {"kind": "percent_off", "pay_bp": 5_000}},
    )

    assert price([line("x", 1_000)], Prepared(book), here()).payable_fen == 950


def test_a_tie_of_fen_goes_to_the_first_article_whatever_was_scanned_first() -> None:
    effect = {"kind": "amount_off", "off_fen": 1}
    for lines in ([line("a", 100), line("b", 100)], [line("b", 100), line("a", 100)]):
        answer = of_one(effect, *lines)
        assert [one.sku for one in answer.lines if one.allocations] == ["a"]


def test_by_hand_and_rounding_come_last_and_need_a_supervisor_above_the_share() -> None:
    book = Prepared(
        book_of(
            {"id": "P", "effect": {"kind": "percent_off", "pay_bp": 9_000}}, round_down_to_fen=100
        )
    )
    hand = {"kind": "off", "fen": 200, "reason": "划痕"}
    asked = price([line("x", 1_999)], book, here(by_hand=[hand]))
    approved = price([line("x", 1_999)], book, here(by_hand=[{**hand, "approved": True}]))

    assert (asked.payable_fen, asked.refused_by_hand) == (1_700, (0,))
    assert (approved.payable_fen, approved.refused_by_hand) == (1_500, ())
    assert [used.promotion for used in approved.applied] == ["P", "by_hand", "rounding"]


@pytest.mark.parametrize(
    ("hands", "refused"),
    [
        ([(100, None)], ()),
        ([(101, None)], (0,)),
        ([(50, 0), (1, 0)], (1,)),
        ([(50, 0), (50, 1), (1, None)], (2,)),
        ([(100, None), (1, 1)], (1,)),
        ([(100, None), (0, 1)], ()),
    ],
)
def test_small_discounts_by_hand_do_not_add_up_without_a_supervisor(
    hands: list[tuple[int, int | None]], refused: tuple[int, ...]
) -> None:
    """Of two lines of 5.00 a cashier may take a tenth off alone, of each and of both."""
    wanted = [{"kind": "off", "fen": fen, "reason": "旧", "line": at} for fen, at in hands]
    lines = [line("x", 500), line("y", 500)]

    assert price(lines, Prepared(book_of()), here(by_hand=wanted)).refused_by_hand == refused


@pytest.mark.parametrize(
    ("to_fen", "mode", "left", "paid"),
    [
        (10, "down", 1_009, 1_000),
        (10, "half", 1_004, 1_000),
        (10, "half", 1_005, 1_010),
        (100, "down", 1_099, 1_000),
        (100, "half", 1_049, 1_000),
        (100, "half", 1_050, 1_100),
    ],
)
def test_the_sum_is_rounded_down_or_to_the_nearest(
    to_fen: int, mode: str, left: int, paid: int
) -> None:
    off = {"id": "P", "effect": {"kind": "amount_off", "off_fen": 2_000 - left}}
    book = book_of(off, round_down_to_fen=to_fen, rounding_mode=mode)

    assert price([line("x", 2_000)], Prepared(book), here()).payable_fen == paid


def test_rounding_never_asks_for_more_than_the_goods_are_marked_with() -> None:
    book = Prepared(book_of(round_down_to_fen=10, rounding_mode="half"))

    assert price([line("x", 1_006)], book, here()).payable_fen == 1_000


def test_a_book_too_large_to_be_searched_is_answered_all_the_same_and_said() -> None:
    """Each of 60 promotions excludes its neighbours: far more combinations than the budget."""
    chain = [
        {
            "id": f"P{at:02}",
            "effect": {"kind": "amount_off", "off_fen": 100 + at, "min_fen": 1_000},
            "scope": {"articles": ["a", "b"]},
            "stacking": {
                "not_beside": [f"P{at + step:02}" for step in (1, 2, 5) if at + step < 60]
            },
        }
        for at in range(60)
    ]
    pieces = {"id": "Q", "effect": {"kind": "nth_piece", "n": 2, "pay_bp": 0}}
    book = Prepared(book_of(*chain, pieces))
    lines = [line("a", 3_000, 9_999), line("b", 2_000, 7)]
    answer = price(lines, book, here(), budget=2_000)

    assert not answer.complete
    assert answer.payable_fen <= answer.total_fen - 4_999 * 3_000
    again = price(lines[::-1], book, here(), budget=2_000)
    assert (again.payable_fen, again.applied) == (answer.payable_fen, answer.applied)


def test_a_discount_lies_over_all_pieces_of_its_set_by_the_largest_remainders() -> None:
    """4.00 on 10.00 and 8.00: 2.222 and 1.777."""
    answer = of_one(HALF_SECOND, line("a", 1_000), line("b", 800))

    assert [one.allocations[0].fen for one in answer.lines] == [222, 178]


@pytest.mark.parametrize(
    "effect", [{"kind": "percent_off", "pay_bp": 9_999}, {"kind": "special_price", "pay_bp": 9_999}]
)
def test_a_thousand_promotions_that_may_exclude_each_other_are_answered(
    effect: dict[str, Any],
) -> None:
    group = [{"id": f"P{at:04}", "effect": effect} for at in range(1_000)]
    group += [{"id": "Q", "effect": effect, "stacking": {"not_beside": [o["id"] for o in group]}}]
    answer = price([line("a", 1_000_000_00)], Prepared(book_of(*group)), here())

    assert not answer.complete
    assert answer.discount_fen > 0
