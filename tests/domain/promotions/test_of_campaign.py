"""What a campaign's coupon gives is a promotion: sums, vouchers, gifts, sets."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.basket import Line, total
from agent.domain.coupons.campaign import (
    AmountOff,
    Gift,
    PercentOff,
    Rule,
    SetPrice,
    StandsInBook,
)
from agent.domain.coupons.decision import Decision
from agent.domain.outcome import Outcome, Reason
from agent.domain.promotions.of_campaign import of_campaign, promotion_id
from agent.domain.promotions.promotion import Promotion
from tests.domain.factories import campaign, claims, decided, facts, line

VOUCHER = AmountOff(min_fen=0, off_fen=5_000)
CUP = Gift(sku="CUP", name="纪念杯", min_fen=10_000)
MEAL = SetPrice(price_fen=2_500)
BURGER, COLA, CUP_LINE = line("BURGER", 2_200), line("COLA", 800), line("CUP", 1_500)
MEAL_SKUS = ("BURGER", "COLA")


def used(rule: Rule, *lines: Line, skus: tuple[str, ...] = ()) -> Decision:
    roomy = msgspec.structs.replace(facts().policy.limits, per_redemption_fen=10**9)
    policy = msgspec.structs.replace(facts().policy, limits=roomy)
    return decided(claims(), facts(campaign=campaign(rule=rule, skus=skus), policy=policy), *lines)


def off(rule: Rule, *lines: Line, skus: tuple[str, ...] = ()) -> int:
    decision = used(rule, *lines, skus=skus)
    assert decision.outcome is Outcome.ACCEPTED, decision
    return decision.discount_fen


def lack(rule: Rule, *lines: Line, skus: tuple[str, ...] = ()) -> Reason | None:
    decision = used(rule, *lines, skus=skus)
    assert decision.outcome is Outcome.REFUSED
    return decision.reason


@pytest.mark.parametrize(
    ("rule", "paid_fen", "off_fen"),
    [
        (AmountOff(min_fen=3_000, off_fen=500), 3_000, 500),
        (VOUCHER, 6_000, 5_000),
        (VOUCHER, 3_000, 3_000),
        (PercentOff(pay_bp=9_000), 9_990, 999),
        (PercentOff(pay_bp=1), 10_000, 9_999),
    ],
)
def test_a_discount_to_the_fen(rule: Rule, paid_fen: int, off_fen: int) -> None:
    assert off(rule, line(amount_fen=paid_fen)) == off_fen


@pytest.mark.parametrize(
    ("rule", "paid_fen"),
    [(PercentOff(pay_bp=9_500), 10), (PercentOff(pay_bp=5_000), 1), (VOUCHER, 0)],
)
def test_what_rounds_to_nothing_takes_no_coupon(rule: Rule, paid_fen: int) -> None:
    assert lack(rule, line(amount_fen=paid_fen)) is Reason.NOTHING_OFF


def test_a_gift_is_free_when_the_rest_comes_to_the_minimum() -> None:
    assert off(CUP, line(amount_fen=10_000), CUP_LINE) == 1_500
    short = used(CUP, line(amount_fen=9_999), CUP_LINE)
    assert short.reason is Reason.MIN_SPEND_NOT_MET
    assert (short.detail["min_yuan"], short.detail["short_yuan"]) == ("100.00", "0.01")


def test_one_piece_of_the_gift_is_free() -> None:
    assert off(CUP, line(amount_fen=10_000), line("CUP", 3_000, quantity=2)) == 1_500


def test_a_gift_that_is_not_scanned_is_asked_for_by_name() -> None:
    missing = used(CUP, line(amount_fen=10_000))
    assert (missing.reason, missing.detail) == (Reason.GIFT_NOT_IN_BASKET, {"gift": "纪念杯"})


def test_a_gift_without_minimum_may_be_all_that_is_in_the_basket() -> None:
    assert off(Gift(sku="CUP"), CUP_LINE) == 1_500


def test_a_gift_that_costs_nothing_takes_its_coupon() -> None:
    assert off(Gift(sku="C"), line("A", 1_000), line("C", 0)) == 0


def test_a_gift_for_certain_articles_needs_one_of_them() -> None:
    rule = Gift(sku="CUP")
    assert off(rule, CUP_LINE, line("A1"), skus=("A1",)) == 1_500
    assert lack(rule, CUP_LINE, line("B1"), skus=("A1",)) is Reason.NO_MATCHING_ITEM


def test_a_set_costs_its_price_once() -> None:
    assert off(MEAL, BURGER, COLA, skus=MEAL_SKUS) == 500
    twice = (line("BURGER", 4_400, quantity=2), line("COLA", 1_600, quantity=2))
    assert off(MEAL, *twice, skus=MEAL_SKUS) == 500


def test_a_set_takes_the_dearest_pieces() -> None:
    assert off(MEAL, BURGER, line("BURGER", 2_600), COLA, skus=MEAL_SKUS) == 900


def test_a_set_says_what_is_missing() -> None:
    missing = used(MEAL, BURGER, skus=MEAL_SKUS)
    assert missing.reason is Reason.SET_INCOMPLETE
    assert missing.detail["missing"] == "COLA"


def test_a_set_that_is_cheaper_by_the_piece_takes_no_coupon() -> None:
    dear = SetPrice(price_fen=3_000)
    assert lack(dear, line("A", 1_000), line("B", 2_000), skus=("A", "B")) is Reason.NOTHING_OFF


def test_what_stands_in_the_book_is_named_and_not_made() -> None:
    rules = campaign(rule=StandsInBook(promotion="P1"))
    assert (of_campaign(rules), promotion_id(rules)) == (None, "P1")


prices = st.integers(0, 100_000)
rules = (
    st.builds(AmountOff, min_fen=prices, off_fen=prices)
    | st.builds(PercentOff, pay_bp=st.integers(1, 9_999), min_fen=prices)
    | st.builds(Gift, sku=st.sampled_from("ABC"), min_fen=prices)
    | st.builds(SetPrice, price_fen=prices)
)


@given(rules, st.lists(st.tuples(st.sampled_from("ABC"), prices), min_size=1, max_size=5))
def test_a_coupon_never_takes_off_more_than_was_bought(
    rule: Rule, bought: list[tuple[str, int]]
) -> None:
    lines = tuple(line(sku, price) for sku, price in bought)
    skus = ("A", "B") if isinstance(rule, SetPrice) else ()
    found = used(rule, *lines, skus=skus)
    assert 0 <= found.discount_fen <= total(lines)
    assert found.outcome.is_accepted or found.discount_fen == 0


@given(rules.filter(lambda rule: getattr(rule, "off_fen", 1) > 0))
def test_each_is_written_and_read_as_a_promotion_of_the_book(rule: Rule) -> None:
    gives = of_campaign(campaign(rule=rule, skus=("A", "B")))
    assert msgspec.json.decode(msgspec.json.encode(gives), type=Promotion) == gives
