"""Each limit of what is taken at risk, at its edge."""

from typing import Any

import msgspec
import pytest

from agent.base.clock import DAY_MS, HOUR_MS
from agent.domain.coupons.campaign import AmountOff
from agent.domain.coupons.decision import Decision
from agent.domain.coupons.facts import Chosen, Exposure
from agent.domain.coupons.token import Channel
from agent.domain.outcome import Outcome, Reason
from agent.domain.trust.policy import CAUTIOUS
from tests.domain.factories import (
    COUPON,
    LIMITS,
    MEMBER,
    OTHER_COUPON,
    OTHER_MEMBER,
    POLICY,
    STORE,
    campaign,
    claims,
    decided,
    facts,
)

CHAIN_WIDE = claims(store=None)
MEMBERS = claims(store=None, member=MEMBER)

AT_RISK = (Outcome.ACCEPTED_AT_RISK, None)


def hard(limit: str) -> tuple[Outcome, str]:
    return Outcome.REFUSED, limit


def soft(limit: str) -> tuple[Outcome, str]:
    return Outcome.NEEDS_SUPERVISOR, limit


def said(decision: Decision) -> tuple[Outcome, str | None]:
    """The outcome, and the limit that was reached."""
    at_risk = (Reason.CHAIN_WIDE, Reason.FEED_INCOMPLETE)
    assert decision.reason in (Reason.LIMIT_REACHED, *at_risk)
    return decision.outcome, decision.detail.get("limit")


def exposed(**exposure: int) -> dict[str, Any]:
    return {"exposure": Exposure(**exposure)}


def off(off_fen: int) -> dict[str, Any]:
    return {"campaign": campaign(rule=AmountOff(min_fen=0, off_fen=off_fen))}


AT_THE_EDGE: list[tuple[dict[str, Any], tuple[Outcome, str | None]]] = [
    (off(LIMITS.per_redemption_fen), AT_RISK),
    (off(LIMITS.per_redemption_fen + 1), hard("per_redemption_fen")),
    (exposed(member_count=LIMITS.per_member_count - 1), AT_RISK),
    (exposed(member_count=LIMITS.per_member_count), hard("per_member_count")),
    (exposed(count=LIMITS.soft_count - 1), AT_RISK),
    (exposed(count=LIMITS.soft_count), soft("soft_count")),
    (exposed(count=LIMITS.hard_count - 1), soft("soft_count")),
    (exposed(count=LIMITS.hard_count), hard("hard_count")),
    (exposed(sum_fen=LIMITS.soft_sum_fen - 500), AT_RISK),
    (exposed(sum_fen=LIMITS.soft_sum_fen - 499), soft("soft_sum_fen")),
    (exposed(sum_fen=LIMITS.hard_sum_fen - 500), soft("soft_sum_fen")),
    (exposed(sum_fen=LIMITS.hard_sum_fen - 499), hard("hard_sum_fen")),
    ({"contact_age_ms": HOUR_MS}, AT_RISK),
    ({"contact_age_ms": HOUR_MS + 1}, soft("soft_contact_age_ms")),
    ({"contact_age_ms": DAY_MS}, soft("soft_contact_age_ms")),
    ({"contact_age_ms": DAY_MS + 1}, hard("hard_contact_age_ms")),
]


@pytest.mark.parametrize(("changes", "expected"), AT_THE_EDGE)
def test_each_limit_holds_to_the_last_unit(
    changes: dict[str, Any], expected: tuple[Outcome, str | None]
) -> None:
    assert said(decided(MEMBERS, facts(**changes, member_id=MEMBER))) == expected


@pytest.mark.parametrize(("changes", "expected"), AT_THE_EDGE)
def test_a_supervisor_passes_a_soft_limit_and_no_hard_one(
    changes: dict[str, Any], expected: tuple[Outcome, str | None]
) -> None:
    outcome, _ = expected
    approved = said(decided(MEMBERS, facts(**changes, member_id=MEMBER, approved_by="S1")))
    assert approved == (expected if outcome is Outcome.REFUSED else AT_RISK)


def test_a_hard_limit_shows_before_a_soft_one() -> None:
    both = facts(exposure=Exposure(count=LIMITS.soft_count), contact_age_ms=DAY_MS + 1)
    assert said(decided(CHAIN_WIDE, both)) == hard("hard_contact_age_ms")


def test_what_a_supervisor_is_asked_to_approve_has_its_discount() -> None:
    asked = decided(CHAIN_WIDE, facts(exposure=Exposure(count=LIMITS.soft_count)))
    assert (asked.outcome, asked.discount_fen) == (Outcome.NEEDS_SUPERVISOR, 500)


def test_before_the_first_policy_nothing_is_taken_at_risk() -> None:
    for approver in (None, "S1"):
        decision = decided(CHAIN_WIDE, facts(policy=CAUTIOUS, approved_by=approver))
        assert decision.outcome is Outcome.REFUSED


def test_nothing_is_at_risk_until_something_is() -> None:
    assert Exposure() == Exposure(count=0, sum_fen=0, member_count=0)


def test_a_bound_coupon_is_not_held_to_the_limits() -> None:
    loaded = Exposure(count=10**6, sum_fen=10**9, member_count=10**6)
    assert decided(claims(), facts(exposure=loaded)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("changes", "expected"), AT_THE_EDGE)
def test_a_pc_that_was_not_told_everything_holds_a_bound_coupon_to_the_limits(
    changes: dict[str, Any], expected: tuple[Outcome, str | None]
) -> None:
    bound = claims(member=MEMBER)
    untold = facts(**changes, member_id=MEMBER, feed_complete=False)
    assert said(decided(bound, untold)) == expected
    told = decided(bound, facts(**changes, member_id=MEMBER))
    assert told.outcome is Outcome.ACCEPTED  # control


# What is on the same order counts too: it is at risk as soon as the sale is


def on_the_order(discount_fen: int = 500, **of_claims: Any) -> Chosen:
    content = claims(**{"code_id": OTHER_COUPON, "store": None, **of_claims})
    return Chosen(claims=content, discount_fen=discount_fen)


SECOND = claims(code_id=COUPON, store=None, member=MEMBER, channel=Channel.OFFLINE)


@pytest.mark.parametrize(
    ("other", "exposure", "expected"),
    [
        (on_the_order(), Exposure(count=LIMITS.hard_count - 2), soft("soft_count")),
        (on_the_order(), Exposure(count=LIMITS.hard_count - 1), hard("hard_count")),
        (on_the_order(), Exposure(count=LIMITS.soft_count - 2), AT_RISK),
        (on_the_order(), Exposure(count=LIMITS.soft_count - 1), soft("soft_count")),
        (on_the_order(600), Exposure(sum_fen=LIMITS.hard_sum_fen - 1_100), soft("soft_sum_fen")),
        (on_the_order(601), Exposure(sum_fen=LIMITS.hard_sum_fen - 1_100), hard("hard_sum_fen")),
        (on_the_order(member=MEMBER), Exposure(member_count=0), AT_RISK),
        (on_the_order(member=MEMBER), Exposure(member_count=1), hard("per_member_count")),
        (on_the_order(member=OTHER_MEMBER), Exposure(member_count=1), AT_RISK),
        (on_the_order(member=None), Exposure(member_count=1), AT_RISK),
    ],
)
def test_two_coupons_on_one_order_do_not_pass_a_limit_together(
    other: Chosen, exposure: Exposure, expected: tuple[Outcome, str | None]
) -> None:
    assert (
        said(decided(SECOND, facts(chosen=(other,), exposure=exposure, member_id=MEMBER)))
        == expected
    )


def test_a_bound_coupon_on_the_order_counts_only_when_it_is_a_risk_itself() -> None:
    bound = on_the_order(store=STORE)
    last_place = Exposure(count=LIMITS.hard_count - 1)
    fresh = facts(chosen=(bound,), exposure=last_place, approved_by="S1", member_id=MEMBER)
    assert said(decided(SECOND, fresh)) == AT_RISK
    stale = msgspec.structs.replace(fresh, revocations_age_ms=POLICY.revocations_max_age_ms + 1)
    assert said(decided(SECOND, stale)) == hard("hard_count")
