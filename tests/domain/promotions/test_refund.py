"""A part of a sale gives back its own share; what becomes of the rest is the promotion's rule."""

from typing import Any

import pytest

from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.refund import NotLeftError, Returned, refund_shares
from tests.domain.promotions.random_cases import line
from tests.domain.promotions.shop import book_of, here

OFF = {"kind": "amount_off", "min_fen": 10_000, "off_fen": 2_000}


def refund(effect: dict[str, Any], wanted: dict[int, int], **more: Any) -> Returned:
    """Of a sale of 60.00 and 40.00 by a book of one promotion."""
    basket = [line("a", 6_000), line("b", 4_000)]
    back = more.pop("back", None)
    given = more.pop("given_fen", 0)
    book = Prepared(book_of({"id": "P", "effect": effect, **more}))
    sale = price(basket, book, here())
    return refund_shares(
        basket, sale, wanted, back=back, given_fen=given, book=book, context=here()
    )


def test_kept_each_piece_gives_back_its_own_share() -> None:
    assert refund(OFF, {1: 1}).refunded_fen == 3_200


def test_recalculated_the_kept_part_is_paid_as_if_it_had_been_bought_alone() -> None:
    """Of 80.00 paid for 100.00, 60.00 of goods stay: 20.00 come back."""
    back = refund(OFF, {1: 1}, partial_return="recalculate")

    assert (back.shares, back.refunded_fen, back.taken_fen) == ({1: 3_200}, 2_000, 1_200)
    assert back.failed == ("P",)


def test_what_was_taken_comes_back_when_all_of_it_does() -> None:
    back = refund(OFF, {0: 1}, partial_return="recalculate", back={1: 1}, given_fen=2_000)

    assert back.refunded_fen == 6_000


def test_money_is_never_asked_for_and_the_rest_is_shown() -> None:
    steps = [{"min_fen": 10_000, "off_fen": 9_000}]
    effect = {"kind": "tiered_amount_off", "steps": steps}
    back = refund(effect, {1: 1}, partial_return="recalculate")

    assert (back.refunded_fen, back.claim_fen) == (0, 5_000)


def test_a_lower_step_that_remains_is_kept() -> None:
    steps = [{"min_fen": 5_000, "off_fen": 500}, {"min_fen": 10_000, "off_fen": 2_000}]
    effect = {"kind": "tiered_amount_off", "steps": steps}
    back = refund(effect, {1: 1}, partial_return="recalculate")

    assert back.refunded_fen == 8_000 - 5_500


def test_a_percentage_holds_for_what_is_kept() -> None:
    back = refund({"kind": "percent_off", "pay_bp": 9_000}, {1: 1}, partial_return="recalculate")

    assert (back.refunded_fen, back.failed) == (3_600, ())


def test_no_piece_comes_back_twice() -> None:
    with pytest.raises(NotLeftError):
        refund(OFF, {1: 1}, back={1: 1})
