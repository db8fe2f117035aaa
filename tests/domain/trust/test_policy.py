"""The policy's bounds: what no head office can mean is no policy."""

from typing import Any

import msgspec
import pytest

from agent.base.clock import DAY_MS
from agent.domain.money import MAX_FEN
from agent.domain.trust.policy import CAUTIOUS, MAX_AGE_MS, MAX_ORDER_COUPONS, Limits, Policy


def read(limits: dict[str, Any] | None = None, **fields: Any) -> Policy:
    return msgspec.convert({"version": 1, "limits": limits or {}, **fields}, Policy)


@pytest.mark.parametrize("policy", [Policy(version=1), CAUTIOUS])
def test_a_policy_of_ours_is_within_the_bounds(policy: Policy) -> None:
    assert msgspec.json.decode(msgspec.json.encode(policy), type=Policy) == policy


@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_no_limit_is_below_nothing(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read({name: -1})


@pytest.mark.parametrize("kind", ["count", "sum_fen", "contact_age_ms"])
def test_a_supervisor_is_asked_no_later_than_it_is_refused(kind: str) -> None:
    even = read({f"soft_{kind}": 7, f"hard_{kind}": 7}).limits
    assert getattr(even, f"soft_{kind}") == getattr(even, f"hard_{kind}") == 7
    with pytest.raises(msgspec.ValidationError, match=f"soft_{kind}"):
        read({f"soft_{kind}": 8, f"hard_{kind}": 7})


@pytest.mark.parametrize("name", ["per_redemption_fen", "hard_sum_fen"])
def test_no_sum_is_above_what_a_sale_comes_to(name: str) -> None:
    assert getattr(read({name: MAX_FEN}).limits, name) == MAX_FEN
    with pytest.raises(msgspec.ValidationError):
        read({name: MAX_FEN + 1})


def test_an_age_is_a_year_at_most() -> None:
    assert MAX_AGE_MS == 366 * DAY_MS
    assert read(revocations_max_age_ms=MAX_AGE_MS).revocations_max_age_ms == MAX_AGE_MS
    for wrong in (-1, MAX_AGE_MS + 1):
        with pytest.raises(msgspec.ValidationError):
            read(revocations_max_age_ms=wrong)
    with pytest.raises(msgspec.ValidationError):
        read({"hard_contact_age_ms": MAX_AGE_MS + 1})


def test_an_order_takes_few_coupons() -> None:
    for right in (0, MAX_ORDER_COUPONS):
        assert read(max_coupons=right).max_coupons == right
    for wrong in (-1, MAX_ORDER_COUPONS + 1):
        with pytest.raises(msgspec.ValidationError):
            read(max_coupons=wrong)
