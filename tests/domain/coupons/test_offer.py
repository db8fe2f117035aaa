"""What a rule takes off a basket: sums, vouchers, gifts, sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.basket import Line, total
from agent.domain.coupons.campaign import AmountOff, Gift, PercentOff, Rule, SetPrice
from agent.domain.coupons.decision import decide
from agent.domain.coupons.facts import Chosen
from agent.domain.coupons.offer import Lack, bearing, offer
from agent.domain.coupons.token import Channel
from agent.domain.outcome import Outcome, Reason
from tests.domain.factories import campaign, claims, facts, line

VOUCHER = AmountOff(min_fen=0, off_fen=5_000)
CUP = Gift(sku="CUP", name="纪念杯", min_fen=10_000)
MEAL = SetPrice(price_fen=2_500)
BURGER, COLA, CUP_LINE = line("BURGER", 2_200), line("COLA", 800), line("CUP", 1_500)


def take_off(rule: Rule, *lines: Line, skus: tuple[str, ...] = ()) -> int | Lack:
    return offer(campaign(rule=rule, skus=skus), lines)


def test_a_voucher_takes_its_value_off_whatever_was_bought_but_gives_no_change() -> None:
    assert take_off(VOUCHER, line(amount_fen=6_000)) == 5_000
    assert take_off(VOUCHER, line(amount_fen=3_000)) == 3_000


def test_a_gift_is_free_when_the_rest_comes_to_the_minimum() -> None:
    assert take_off(CUP, line(amount_fen=10_000), CUP_LINE) == 1_500
    assert take_off(CUP, line(amount_fen=9_999), CUP_LINE) == Lack(
        reason=Reason.MIN_SPEND_NOT_MET, detail={"min_yuan": "100.00", "short_yuan": "0.01"}
    )


def test_a_gift_lowers_the_price_of_nothing_else() -> None:
    assert bearing(campaign(rule=CUP, skus=("BURGER",))) == ("CUP",)
    assert bearing(campaign(rule=MEAL, skus=("BURGER", "COLA"))) == ("BURGER", "COLA")
    assert bearing(campaign(rule=VOUCHER)) == ()


def test_one_piece_of_the_gift_is_free() -> None:
    assert take_off(CUP, line(amount_fen=10_000), line("CUP", 3_000, quantity=2)) == 1_500


def test_a_gift_that_is_not_scanned_is_asked_for_by_name() -> None:
    lack = Lack(reason=Reason.GIFT_NOT_IN_BASKET, detail={"gift": "纪念杯"})
    assert take_off(CUP, line(amount_fen=10_000)) == lack


def test_a_gift_without_minimum_may_be_all_that_is_in_the_basket() -> None:
    assert take_off(Gift(sku="CUP"), CUP_LINE) == 1_500


def test_a_gift_for_certain_articles_needs_one_of_them() -> None:
    rule = Gift(sku="CUP")
    assert take_off(rule, CUP_LINE, line("A1"), skus=("A1",)) == 1_500
    assert take_off(rule, CUP_LINE, line("B1"), skus=("A1",)) == Lack(
        reason=Reason.NO_MATCHING_ITEM
    )


def test_a_set_costs_its_price_once() -> None:
    skus = ("BURGER", "COLA")
    assert take_off(MEAL, BURGER, COLA, skus=skus) == 500
    twice = (line("BURGER", 4_400, quantity=2), line("COLA", 1_600, quantity=2))
    assert take_off(MEAL, *twice, skus=skus) == 500


def test_a_set_says_what_is_missing() -> None:
    lack = Lack(reason=Reason.SET_INCOMPLETE, detail={"missing": "COLA"})
    assert take_off(MEAL, BURGER, skus=("BURGER", "COLA")) == lack


def test_a_set_names_two_articles_or_more() -> None:
    with pytest.raises(ValueError, match="two articles"):
        campaign(rule=MEAL, skus=("BURGER", "BURGER")).__post_init__()


prices = st.integers(0, 100_000)


@given(
    rule=st.builds(AmountOff, min_fen=prices, off_fen=prices)
    | st.builds(PercentOff, pay_bp=st.integers(1, 9_999), min_fen=prices)
    | st.builds(Gift, sku=st.sampled_from("ABC"), min_fen=prices)
    | st.builds(SetPrice, price_fen=prices),
    bought=st.lists(st.tuples(st.sampled_from("ABC"), prices), max_size=5),
)
def test_an_offer_never_takes_off_more_than_was_bought(
    rule: Rule, bought: list[tuple[str, int]]
) -> None:
    lines = tuple(line(sku, price) for sku, price in bought)
    skus = ("A", "B") if isinstance(rule, SetPrice) else ()
    found = take_off(rule, *lines, skus=skus)
    assert isinstance(found, Lack) or 0 <= found <= total(lines)


def _beside(group: str, other_group: str) -> tuple[Outcome, Reason | None]:
    chosen = Chosen(
        claims=claims(code_id="01" * 12, channel=Channel.OFFLINE),
        stackable=True,
        discount_fen=100,
        exclusive_group=other_group,
    )
    decision = decide(
        claims(channel=Channel.ONLINE),
        facts(campaign=campaign(exclusive_group=group), chosen=(chosen,)),
    )
    return decision.outcome, decision.reason


def test_two_coupons_of_one_exclusive_group_are_not_combined() -> None:
    assert _beside("618", "618") == (Outcome.REFUSED, Reason.NOT_STACKABLE)


@pytest.mark.parametrize("other", ["", "双11"])
def test_coupons_of_other_groups_are_combined(other: str) -> None:
    assert _beside("618", other)[0].is_accepted
    assert _beside("", other)[0].is_accepted
