"""Conditions at their edges: terms, hours, days, channel, store, member, limits, passphrase."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from agent.domain.promotions.conditions import unmet
from agent.domain.promotions.offered import Why
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from tests.domain.promotions.random_cases import line
from tests.domain.promotions.shop import book_of, coupon, here

OFF = {"kind": "amount_off", "off_fen": 100}
FROM_TO = {"starts": "2026-12-01", "ends": "2026-12-01"}
FRIDAY_NIGHT = {"weekdays": ["fri"], "hours": [{"since": "22:00", "until": "02:00"}]}


def why(facts: dict[str, Any], **more: Any) -> Why | None:
    (one,) = book_of({"id": "P", "effect": OFF, **more}).promotions
    lack = unmet(one, here(**facts))
    return lack.why if lack else None


@pytest.mark.parametrize(
    ("when", "at", "expected"),
    [
        ({"starts": "2026-12-01"}, "2026-11-30T23:59:59", Why.NOT_STARTED),
        ({"starts": "2026-12-01"}, "2026-12-01T00:00:00", None),
        ({"ends": "2026-12-01"}, "2026-12-01T23:59:59", None),
        ({"ends": "2026-12-01"}, "2026-12-02T00:00:00", Why.ENDED),
        ({"ends": "2026-12-01T08:00"}, "2026-12-01T08:00:00", Why.ENDED),
        ({"weekdays": ["tue"]}, "2026-12-01T08:00:00", None),
        ({"weekdays": ["mon"]}, "2026-12-01T08:00:00", Why.NOT_TODAY),
        (FRIDAY_NIGHT, "2026-12-04T22:00:00", None),
        (FRIDAY_NIGHT, "2026-12-05T01:59:59", None),
        (FRIDAY_NIGHT, "2026-12-05T02:00:00", Why.NOT_NOW),
        (FRIDAY_NIGHT, "2026-12-05T22:00:00", Why.NOT_TODAY),
        (FRIDAY_NIGHT, "2026-12-04T01:00:00", Why.NOT_TODAY),
    ],
)
def test_a_window_holds_from_its_beginning_to_before_its_end(
    when: dict[str, Any], at: str, expected: Why | None
) -> None:
    assert why({"at": at}, when=when) is expected


@pytest.mark.parametrize(
    ("facts", "more", "expected"),
    [
        ({"channel": "store"}, {"when": {"channels": ["dine_in"]}}, Why.WRONG_CHANNEL),
        ({"store": "MB002"}, {"when": {"stores": ["MB001"]}}, Why.WRONG_STORE),
        ({}, {"when": {"members": True}}, Why.MEMBER_REQUIRED),
        ({"member": {"tier": "银卡"}}, {"when": {"tiers": ["金卡"]}}, Why.WRONG_TIER),
        ({"member": {}}, {"when": {"first_purchase": True}}, Why.NOT_FIRST_PURCHASE),
        ({"member": {"first_purchase": True}}, {"when": {"first_purchase": True}}, None),
        ({"used": {"P": {"today": 2}}}, {"limits": {"per_day": 2}}, Why.LIMIT_REACHED),
        ({"used": {"P": {"today": 1}}}, {"limits": {"per_day": 2}}, None),
        ({}, {"limits": {"per_member": 1}}, Why.MEMBER_REQUIRED),
        (
            {"member": {}, "used": {"P": {"by_member": 1}}},
            {"limits": {"per_member": 1}},
            Why.LIMIT_REACHED,
        ),
        ({}, {"trigger": "passphrase", "passphrase": "abc"}, Why.PASSPHRASE_REQUIRED),
        ({"passphrases": ["Ａ b C"]}, {"trigger": "passphrase", "passphrase": "abc"}, None),
    ],
)
def test_who_and_where(facts: dict[str, Any], more: dict[str, Any], expected: Why | None) -> None:
    assert why(facts, **more) is expected


def test_of_an_automatic_one_and_a_coupon_that_give_the_same_the_coupon_is_left() -> None:
    group = {"effect": OFF, "stacking": {"group": "G"}}
    book = book_of({"id": "A", "trigger": "coupon", **group}, {"id": "B", **group})
    answer = price([line("x", 500)], Prepared(book), here(coupons=[coupon("c", "A")]))

    assert [used.promotion for used in answer.applied] == ["B"]


def test_one_passphrase_an_order() -> None:
    said = {"trigger": "passphrase", "effect": OFF}
    book = book_of({"id": "A", "passphrase": "a", **said}, {"id": "B", "passphrase": "b", **said})
    answer = price([line("x", 500)], Prepared(book), here(passphrases=["a", "b"]))

    assert answer.discount_fen == 100


@pytest.mark.parametrize(
    ("when", "begins", "ends"),
    [
        (FROM_TO, "2026-12-01T00:00:00", "2026-12-02T00:00:00"),
        ({"weekdays": ["tue"]}, "2026-12-01T00:00:00", "2026-12-02T00:00:00"),
        (FRIDAY_NIGHT, "2026-12-04T22:00:00", "2026-12-05T02:00:00"),
    ],
)
def test_a_book_that_is_kept_ready_follows_the_clock_to_the_second(
    when: dict[str, Any], begins: str, ends: str
) -> None:
    book = Prepared(book_of({"id": "P", "effect": OFF, "when": when}))
    first, over = datetime.fromisoformat(begins), datetime.fromisoformat(ends)

    def off(at: datetime) -> int:
        return price([line("x", 500)], book, here(at=at.isoformat())).discount_fen

    second = timedelta(seconds=1)
    found = [off(at) for at in (first - second, first, over - second, over, first)]
    assert found == [0, 100, 100, 0, 100]
    assert book.next_change(first - second) == first
    change = book.next_change(first)
    assert change is not None
    assert change <= over
