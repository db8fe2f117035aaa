"""Shares: however many coupons, none takes more than the price of its own lines."""

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.basket import Line, matching
from agent.domain.coupons.campaign import AmountOff, Campaign, Gift, PercentOff, SetPrice
from agent.domain.coupons.decision import decide
from agent.domain.coupons.facts import Chosen, chosen_of
from agent.domain.coupons.offer import bearing
from agent.domain.coupons.token import Channel
from agent.domain.outcome import Outcome, Reason
from agent.domain.shares import Discount, left_for, net_of_lines
from tests.domain.factories import campaign, claims, facts, line

SKUS = ("A", "B", "C")
PERCENT = st.builds(PercentOff, pay_bp=st.integers(1, 9_999))
AMOUNT = st.builds(AmountOff, min_fen=st.just(0), off_fen=st.integers(0, 3_000))
GIFT = st.builds(Gift, sku=st.sampled_from(SKUS))
some_skus = st.sets(st.sampled_from(SKUS)).map(lambda skus: tuple(sorted(skus)))
lines = st.lists(
    st.builds(line, st.sampled_from(SKUS), st.integers(0, 2_000), st.integers(1, 5)),
    min_size=1,
    max_size=5,
).map(tuple)
campaigns = st.builds(
    lambda rule, skus: campaign(rule=rule, skus=skus), PERCENT | AMOUNT | GIFT, some_skus
) | st.builds(
    lambda price_fen: campaign(rule=SetPrice(price_fen=price_fen), skus=("A", "B")),
    st.integers(0, 2_000),
)


def used_on(basket: tuple[Line, ...], coupons: list[Campaign]) -> list[Chosen]:
    """Take the coupons one after the other, as a sale does; return those that were accepted."""
    chosen: list[Chosen] = []
    for place, (channel, rules) in enumerate(zip(Channel, coupons, strict=False)):
        coupon = claims(code_id=f"{place:024x}", channel=channel)
        state = facts(lines=basket, campaign=rules, chosen=tuple(chosen))
        decision = decide(coupon, state)
        if decision.outcome.is_accepted:
            chosen.append(chosen_of(coupon, rules, decision.discount_fen))
    return chosen


@given(lines, st.lists(campaigns, max_size=2))
def test_coupons_never_take_more_than_the_price_of_the_lines_that_they_are_for(
    basket: tuple[Line, ...], coupons: list[Campaign]
) -> None:
    chosen = used_on(basket, coupons)
    for skus in {one.skus for one in chosen} | {()}:
        within = [one for one in chosen if not skus or (one.skus and set(one.skus) <= set(skus))]
        assert sum(one.discount_fen for one in within) <= matching(basket, skus)
    discounts = [Discount(fen=one.discount_fen, skus=one.skus) for one in chosen]
    net = net_of_lines(basket, discounts)
    assert all(0 <= fen <= one.amount_fen for fen, one in zip(net, basket, strict=True))
    assert sum(one.amount_fen for one in basket) - sum(net) == sum(one.fen for one in discounts)


@given(lines, st.lists(campaigns, max_size=2))
def test_no_coupon_is_used_up_for_nothing_but_a_gift(
    basket: tuple[Line, ...], coupons: list[Campaign]
) -> None:
    gifts = {bearing(one) for one in coupons if isinstance(one.rule, Gift)}
    for one in used_on(basket, coupons):
        assert one.discount_fen > 0 or one.skus in gifts


def test_two_coupons_for_one_article_take_no_more_than_its_price() -> None:
    basket = (line("A", 2_000), line("B", 5_000))
    fifteen = campaign(rule=AmountOff(min_fen=0, off_fen=1_500), skus=("A",))
    assert [one.discount_fen for one in used_on(basket, [fifteen, fifteen])] == [1_500, 500]


def test_a_coupon_whose_article_is_paid_for_wholly_is_not_used_up() -> None:
    basket = (line("A", 1_000), line("B", 5_000))
    ten = campaign(rule=AmountOff(min_fen=0, off_fen=1_000), skus=("A",))
    state = facts(lines=basket, campaign=ten, chosen=tuple(used_on(basket, [ten])))
    coupon = claims(channel=Channel.OFFLINE)
    assert decide(coupon, state).reason is Reason.NOT_STACKABLE


def test_a_set_that_is_cheaper_by_the_piece_takes_no_coupon() -> None:
    dear = campaign(rule=SetPrice(price_fen=3_000), skus=("A", "B"))
    state = facts(lines=(line("A", 1_000), line("B", 2_000)), campaign=dear)
    told = decide(claims(), state)
    assert (told.outcome, told.reason) == (Outcome.REFUSED, Reason.NOTHING_OFF)


def test_a_discount_that_rounds_to_nothing_takes_no_coupon() -> None:
    tenth = campaign(rule=PercentOff(pay_bp=9_000))
    assert decide(claims(), facts(lines=(line("A", 4),), campaign=tenth)).reason is (
        Reason.NOTHING_OFF
    )


def test_a_gift_that_costs_nothing_takes_its_coupon_once() -> None:
    cup = campaign(rule=Gift(sku="C"))
    basket = (line("A", 1_000), line("C", 0))
    first = used_on(basket, [cup])
    assert [one.discount_fen for one in first] == [0]
    again = facts(lines=basket, campaign=cup, chosen=tuple(first))
    assert decide(claims(channel=Channel.OFFLINE), again).reason is Reason.NOT_STACKABLE


def test_what_is_left_is_what_earlier_discounts_did_not_take() -> None:
    basket = (line("A", 1_000), line("B", 1_000))
    assert left_for((), basket, [Discount(fen=500)]) == 1_500
    assert left_for(("A",), basket, [Discount(fen=500)]) == 750
    assert left_for(("A",), basket, [Discount(fen=500, skus=("B",))]) == 1_000
