"""Coupons of one order are reckoned together, whatever the order in which they are presented."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.coupons.campaign import AmountOff, Campaign, Gift, PercentOff, SetPrice
from agent.domain.coupons.facts import Exposure
from agent.domain.coupons.token import Channel
from agent.domain.outcome import Outcome, Reason
from agent.domain.promotions.settle import Settled, Usable
from agent.domain.trust.policy import CampaignClass
from tests.domain.factories import LIMITS, POLICY, campaign, claims, facts, line, settled

ONE, OTHER = "11" * 12, "22" * 12
HUNDRED = (line("A", 10_000),)


def coupon(code: str, rules: Campaign, **of_facts: Any) -> Usable:
    """The first is an online one, the other offline."""
    channel = Channel.ONLINE if code == ONE else Channel.OFFLINE
    return Usable(claims(code_id=code, channel=channel), rules, facts(campaign=rules, **of_facts))


def gives(number: int, rule: Any, **more: Any) -> Campaign:
    return campaign(campaign=number, name=f"活动{number}", rule=rule, **more)


def reasons(told: Settled) -> dict[str, Reason | None]:
    return {code: one.reason for code, one in told.decisions.items()}


def test_two_coupons_of_100_less_20_that_may_stand_together_pay_60() -> None:
    twice = gives(1, AmountOff(min_fen=10_000, off_fen=2_000))
    told = settled(HUNDRED, coupon(ONE, twice), coupon(OTHER, twice))
    assert told.priced.payable_fen == 6_000
    assert reasons(told) == {ONE: None, OTHER: None}


def test_two_tenths_off_are_reckoned_on_what_is_left() -> None:
    tenth = gives(1, PercentOff(pay_bp=9_000))
    told = settled(HUNDRED, coupon(ONE, tenth), coupon(OTHER, tenth))
    assert told.priced.payable_fen == 8_100


@pytest.mark.parametrize("channel", Channel)
def test_of_two_of_one_channel_the_better_is_taken_and_the_other_stays_good(
    channel: Channel,
) -> None:
    small, large = (gives(n, AmountOff(min_fen=0, off_fen=n * 100)) for n in (1, 2))
    both = [coupon(ONE, small), coupon(OTHER, large)]
    both = [one._replace(claims=replace(one.claims, channel=channel)) for one in both]
    for order in permutations(both):
        told = settled(HUNDRED, *order)
        assert told.priced.payable_fen == 9_800
        assert reasons(told) == {ONE: Reason.COUPON_LIMIT, OTHER: None}
        assert told.decisions[ONE].detail == {"limit": 2}


@pytest.mark.parametrize("alone", [ONE, OTHER])
def test_a_coupon_that_stands_alone_stands_beside_no_other(alone: str) -> None:
    first = gives(1, AmountOff(min_fen=0, off_fen=100), stackable=alone != ONE)
    second = gives(2, AmountOff(min_fen=0, off_fen=200), stackable=alone != OTHER)
    told = settled(HUNDRED, coupon(ONE, first), coupon(OTHER, second))
    assert reasons(told) == {ONE: Reason.NOT_STACKABLE, OTHER: None}


@pytest.mark.parametrize(("groups", "off_fen"), [(("618", "618"), 200), (("618", ""), 300)])
def test_of_one_exclusive_group_one_is_taken(groups: tuple[str, str], off_fen: int) -> None:
    first = gives(1, AmountOff(min_fen=0, off_fen=100), exclusive_group=groups[0])
    second = gives(2, AmountOff(min_fen=0, off_fen=200), exclusive_group=groups[1])
    told = settled(HUNDRED, coupon(ONE, first), coupon(OTHER, second))
    assert told.priced.discount_fen == off_fen


def test_two_coupons_for_one_article_take_no_more_than_its_price() -> None:
    three = gives(1, AmountOff(min_fen=0, off_fen=300), skus=("COLA",))
    basket = (line("COLA", 350), line("B", 5_000))
    told = settled(basket, coupon(ONE, three), coupon(OTHER, three))
    assert sorted(one.discount_fen for one in told.decisions.values()) == [50, 300]


def test_a_coupon_that_gives_nothing_more_is_left_unused() -> None:
    all_of_it = gives(1, AmountOff(min_fen=0, off_fen=10_000))
    more = gives(2, AmountOff(min_fen=0, off_fen=500))
    roomy = replace(POLICY, limits=replace(LIMITS, per_redemption_fen=10_000))
    told = settled(HUNDRED, coupon(ONE, more), coupon(OTHER, all_of_it, policy=roomy))
    assert reasons(told) == {ONE: Reason.BETTER_WITHOUT, OTHER: None}


def test_one_that_the_policy_does_not_take_is_left_out_and_the_rest_reckoned_anew() -> None:
    """Beside nothing else the larger one would be best; the store may not take it at risk."""
    large = gives(
        1, AmountOff(min_fen=0, off_fen=2_001), stackable=False, class_=CampaignClass.CHAIN
    )
    small = gives(2, AmountOff(min_fen=0, off_fen=100), stackable=False)
    chain_wide = coupon(ONE, large)
    chain_wide = chain_wide._replace(claims=replace(chain_wide.claims, store=None))
    told = settled(HUNDRED, chain_wide, coupon(OTHER, small))
    assert told.priced.payable_fen == 9_900
    assert reasons(told) == {ONE: Reason.LIMIT_REACHED, OTHER: None}
    assert [one.discount_fen for one in told.chosen] == [100]


def test_two_at_risk_do_not_pass_a_limit_together_in_either_order() -> None:
    rule = gives(1, AmountOff(min_fen=0, off_fen=100))
    last = Exposure(count=LIMITS.hard_count - 1)
    both = [coupon(code, rule, exposure=last, approved_by="S1") for code in (ONE, OTHER)]
    both = [one._replace(claims=replace(one.claims, store=None)) for one in both]
    for order in permutations(both):
        told = settled(HUNDRED, *order)
        assert {code: one.outcome for code, one in told.decisions.items()} == {
            ONE: Outcome.ACCEPTED_AT_RISK,
            OTHER: Outcome.REFUSED,
        }


prices = st.integers(0, 3_000)
some = st.sets(st.sampled_from("ABC")).map(lambda skus: tuple(sorted(skus)))
campaigns = st.builds(
    lambda number, rule, skus: gives(number, rule, skus=skus),
    st.integers(1, 3),
    st.builds(PercentOff, pay_bp=st.integers(1, 9_999))
    | st.builds(AmountOff, min_fen=prices, off_fen=prices)
    | st.builds(Gift, sku=st.sampled_from("ABC"), min_fen=prices),
    some,
) | st.builds(lambda price_fen: gives(4, SetPrice(price_fen=price_fen), skus=("A", "B")), prices)
baskets = st.lists(
    st.builds(line, st.sampled_from("ABC"), prices, st.integers(1, 5)), min_size=1, max_size=5
).map(tuple)


@given(baskets, campaigns, campaigns, st.booleans())
def test_no_order_of_lines_or_coupons_changes_what_is_paid_and_none_is_used_for_nothing(
    basket: tuple[Line, ...], first: Campaign, second: Campaign, swapped: bool
) -> None:
    if second.campaign == first.campaign:
        second = first
    roomy = replace(POLICY, limits=replace(LIMITS, per_redemption_fen=10**9))
    both = [coupon(ONE, first, policy=roomy), coupon(OTHER, second, policy=roomy)]
    told = settled(basket, *both)
    again = settled(basket[::-1], *reversed(both)) if swapped else settled(basket, *both[::-1])
    assert again.decisions == told.decisions
    assert again.priced.payable_fen == told.priced.payable_fen
    alone = [settled(basket, one).priced.payable_fen for one in both]
    assert told.priced.payable_fen <= min(alone)
    for code, rules in ((ONE, first), (OTHER, second)):
        if told.decisions[code].outcome.is_accepted:
            assert told.decisions[code].discount_fen > 0 or isinstance(rules.rule, Gift)
    assert told.priced.discount_fen == sum(one.discount_fen for one in told.decisions.values())
