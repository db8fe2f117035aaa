"""The plan of a replay: the same every time, and it asks for nothing that a till must refuse."""

from collections import Counter
from itertools import product

import pytest

from agent.domain.basket import total
from agent.domain.coupons.campaign import parse_rule
from tests.lab.replay.basket import CHEAPEST_FEN, DEAREST_FEN, price_fen, priced, raised
from tests.lab.replay.hostile import Hostile
from tests.lab.replay.plan import Mix, Plan, make_plan
from tests.lab.replay.trace import CouponRow, TraceError

STORES = ("MB001", "MB002", "MB003")
BASKETS = [("牛奶", "面包"), ("whole milk",), ("大米", "大米", "盐")]
RATES = ("30:5", "200:20", "0.9", "10:10")


def row(n: int, rate: str = "30:5", merchant: str = "") -> CouponRow:
    return CouponRow(
        user=str(n % 7),
        merchant=merchant or str(n % 5),
        coupon=str(n % 10),
        rate=rate,
        rule=parse_rule(rate),
    )


def plan_of(*, shared: float = 0, hostile: float = 0, seed: int = 0) -> Plan:
    rows = [row(n, RATES[n % 10 % len(RATES)]) for n in range(200)]
    mix = Mix(stores=STORES, shared_share=shared, hostile_share=hostile, seed=seed)
    return make_plan(rows, BASKETS, mix)


def test_the_same_seed_gives_the_same_plan() -> None:
    one, same, other = (plan_of(shared=0.1, hostile=0.2, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_the_coupons_of_a_merchant_are_redeemed_in_one_store() -> None:
    plan = plan_of()
    homes = {(coupon.campaign.merchant, coupon.store) for coupon in plan.coupons}
    assert len(homes) == 5
    assert {store for _, store in homes} == set(STORES)


def test_every_basket_reaches_the_minimum_spend_of_its_coupon() -> None:
    plan = plan_of()
    for visit in plan.visits:
        rule = plan.rules[plan.coupons[visit.coupon].campaign]
        assert total(visit.lines) >= rule.min_fen
        assert 0 < visit.discount_fen <= total(visit.lines)
        assert all(line.amount_fen == line.quantity * line.unit_price_fen for line in visit.lines)


def test_a_shared_coupon_is_presented_in_two_stores_and_any_other_in_its_own() -> None:
    plan = plan_of(shared=0.1)
    stores = Counter((visit.coupon, visit.store) for visit in plan.visits)
    assert set(stores.values()) == {1}
    visits = Counter(visit.coupon for visit in plan.visits)
    assert {coupon for coupon, n in visits.items() if n == 2} == plan.shared
    assert len(plan.shared) == 20
    assert all(visit.at_risk == (visit.coupon in plan.shared) for visit in plan.visits)


def test_hostile_scans_are_of_every_kind_and_as_many_as_asked_for() -> None:
    plan = plan_of(hostile=0.2)
    kinds = Counter(visit.hostile for visit in plan.visits)
    assert {kinds[kind] for kind in Hostile} == {5}
    counted = [plan.hostile(kind, store) for kind, store in product(Hostile, STORES)]
    assert sum(counted) == 40


def test_a_price_is_fixed_and_between_2_and_40_yuan() -> None:
    prices = [price_fen(f"group {n}") for n in range(1_000)]
    assert CHEAPEST_FEN <= min(prices) < 250
    assert 3_950 < max(prices) <= DEAREST_FEN
    assert (price_fen("牛奶"), price_fen("whole milk")) == (550, 2_750)


def test_a_group_that_is_named_twice_is_one_line_of_two_pieces() -> None:
    assert [(line.sku, line.quantity) for line in priced(("a", "b", "a"))] == [("a", 2), ("b", 1)]


def test_a_basket_that_is_large_enough_stays_as_it_is() -> None:
    basket = priced(("a", "b"))
    assert raised(basket, total(basket)) == basket
    assert total(raised(basket, total(basket) + 1)) == 2 * total(basket)


def test_a_minimum_spend_that_no_till_reaches_is_told() -> None:
    with pytest.raises(TraceError, match=r"coupon 1 \(1000000:5\) can't be used"):
        make_plan([row(1, "1000000:5")], BASKETS, Mix(stores=STORES))
