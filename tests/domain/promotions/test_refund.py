"""A part of a sale gives back its own share; what becomes of the rest is the promotion's rule."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from agent.domain.basket import Line
from agent.domain.refunds.refund import Back, Reckoned, reckon
from tests.domain.promotions.bought import bought_of
from tests.domain.promotions.random_cases import line
from tests.domain.promotions.shop import book_of, coupon, here

OFF = {"kind": "amount_off", "min_fen": 10_000, "off_fen": 2_000}
BOTH = (line("a", 6_000), line("b", 4_000))
ANEW = "recalculate"


def refunds(
    effect: dict[str, Any],
    *wanted: Mapping[int, int],
    lines: tuple[Line, ...] = BOTH,
    **more: Any,
) -> list[Reckoned]:
    """Of a sale of 60.00 and 40.00 by a book of one promotion, one after the other."""
    return of_book([{"id": "P", "effect": effect, **more}], *wanted, lines=lines)


def of_book(
    promotions: list[dict[str, Any]],
    *wanted: Mapping[int, int],
    lines: tuple[Line, ...] = BOTH,
    **facts: Any,
) -> list[Reckoned]:
    bought = bought_of(lines, book_of(*promotions), here(**facts))
    earlier: list[Back] = []
    taken = Counter[str]()
    found = []
    for pieces in wanted:
        found.append(reckon(bought, earlier, pieces, taken))
        earlier += found[-1].lines
        taken.update(found[-1].taken)
    return found


def test_kept_each_piece_gives_back_its_own_share() -> None:
    (back,) = refunds(OFF, {1: 1})

    assert (back.refunded_fen, back.taken) == (3_200, {})


def test_recalculated_the_kept_part_is_paid_as_if_it_had_been_bought_alone() -> None:
    """Of 80.00 paid for 100.00, 60.00 of goods stay: 20.00 come back."""
    (back,) = refunds(OFF, {1: 1}, partial_return=ANEW)

    assert [one.amount_fen for one in back.lines] == [3_200]
    assert (back.refunded_fen, back.taken) == (2_000, {"P": 1_200})


def test_what_was_taken_comes_back_when_all_of_it_does() -> None:
    first, rest = refunds(OFF, {1: 1}, {0: 1}, partial_return=ANEW)

    assert (first.refunded_fen, rest.refunded_fen, rest.taken) == (2_000, 6_000, {"P": -1_200})


def test_money_is_never_asked_for_and_the_rest_is_taken_off_the_next_refund() -> None:
    """90.00 off 100.00: what is kept would cost 60.00, more than all that was paid."""
    steps = [{"min_fen": 10_000, "off_fen": 9_000}]
    effect = {"kind": "tiered_amount_off", "steps": steps}
    lines = (line("a", 3_000), line("a", 3_000), line("b", 4_000))
    first, second, rest = refunds(effect, {2: 1}, {0: 1}, {1: 1}, lines=lines, partial_return=ANEW)

    assert (first.refunded_fen, first.taken, first.claim_fen) == (0, {"P": 400}, 5_000)
    assert (second.refunded_fen, second.claim_fen) == (0, 2_000)
    assert (rest.refunded_fen, rest.claim_fen) == (1_000, 0), "all that was paid"


def test_a_lower_step_that_remains_is_kept() -> None:
    steps = [{"min_fen": 5_000, "off_fen": 500}, {"min_fen": 10_000, "off_fen": 2_000}]
    (back,) = refunds({"kind": "tiered_amount_off", "steps": steps}, {1: 1}, partial_return=ANEW)

    assert back.refunded_fen == 8_000 - 5_500


def test_a_lower_step_of_pieces_remains_too() -> None:
    """满2件8折, 3件7折: of three pieces for 21.00 two stay, for 16.00."""
    steps = [{"pieces": 2, "pay_bp": 8_000}, {"pieces": 3, "pay_bp": 7_000}]
    effect = {"kind": "tiered_percent_off", "steps": steps}
    (back,) = refunds(effect, {0: 1}, lines=(line("a", 1_000, 3),), partial_return=ANEW)

    assert back.refunded_fen == 2_100 - 1_600


def test_of_the_second_piece_at_half_the_pair_that_stays_is_kept() -> None:
    half = {"kind": "nth_piece", "n": 2, "pay_bp": 5_000}
    first, second = refunds(half, {0: 2}, {0: 1}, lines=(line("a", 1_000, 4),), partial_return=ANEW)

    assert (first.refunded_fen, first.taken) == (1_500, {})
    assert (second.refunded_fen, second.taken) == (500, {"P": 250})


def test_a_percentage_holds_for_what_is_kept() -> None:
    effect = {"kind": "percent_off", "pay_bp": 9_000}
    (back,) = refunds(effect, {1: 1}, partial_return=ANEW)

    assert (back.refunded_fen, back.taken) == (3_600, {})


def test_what_another_promotion_of_the_sale_gives_instead_is_not_taken() -> None:
    """The minimum fails, and what then B gives more counts: only the difference is taken."""
    promotions: list[dict[str, Any]] = [
        {"id": "A", "effect": OFF, "partial_return": ANEW},
        {"id": "B", "effect": {"kind": "pickup_off", "off_fen": 500}},
    ]
    (back,) = of_book(promotions, {1: 1}, channel="pickup")

    assert back.taken == {"A": 1_000}, "of 12.00 that were given, less 2.00 that B gives more"


def test_coupons_that_stood_together_then_do_so_for_ever() -> None:
    effect = {**OFF, "min_fen": 3_000}
    promotions: list[dict[str, Any]] = [
        {
            "id": one,
            "trigger": "coupon",
            "effect": effect,
            "partial_return": ANEW,
        }
        for one in ("A", "B")
    ]
    coupons = [coupon("c1", "A"), coupon("c2", "B", "offline")]
    (back,) = of_book(promotions, {1: 1}, coupons=coupons)

    assert back.taken == {}, "the kept 60.00 still earn both, which lie on them in full"


@pytest.mark.parametrize("rule", ["keep", ANEW])
def test_gifts_and_sums_come_to_what_was_paid(rule: str) -> None:
    effect = {"kind": "gift", "steps": [{"min_fen": 5_000, "choices": ["b"]}]}
    first, rest = refunds(effect, {0: 1}, {1: 1}, partial_return=rule)

    assert first.refunded_fen + rest.refunded_fen == 6_000
    assert first.refunded_fen == (6_000 if rule == "keep" else 2_000)
