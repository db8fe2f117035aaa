"""The decision on a coupon: each reason, in its order, at its edge."""

from typing import Any

import msgspec
import pytest

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from agent.domain.coupons.campaign import AmountOff, PercentOff
from agent.domain.coupons.decision import Decision, authenticate
from agent.domain.coupons.facts import Claim, ClaimStand, Exposure, PriorUse
from agent.domain.coupons.token import TokenKind
from agent.domain.outcome import Outcome, Reason
from agent.domain.trust.policy import CampaignClass
from tests.domain.factories import (
    MEMBER,
    NOW,
    OTHER_MEMBER,
    OTHER_STORE,
    POLICY,
    ROOT_KEY,
    STORE,
    STRANGER_KEY,
    campaign,
    claims,
    decided,
    facts,
    line,
    ring,
    signing_key,
    token,
)

USE = PriorUse(
    store=OTHER_STORE, till="T1", receipt="MB002-T1-000007", occurred_at=NOW, known_by="hq"
)


def verdict(decision: Decision) -> tuple[Outcome, Reason | None]:
    return decision.outcome, decision.reason


# Authenticity


def reason_of(code: str, *keys: Any) -> Reason | None:
    result = authenticate(code, keys=ring(*keys), now=NOW)
    return result.reason if isinstance(result, Decision) else None


def test_what_cannot_be_believed_is_told_apart() -> None:
    good = token()
    assert reason_of(good) is None
    assert reason_of("SPRING-2026") is Reason.UNKNOWN_CODE
    assert reason_of("134567890123456789") is Reason.PAYMENT_CODE
    assert reason_of(token(key=STRANGER_KEY)) is Reason.UNKNOWN_KEY
    assert reason_of(good, signing_key(revoked=True)) is Reason.UNKNOWN_KEY
    assert reason_of(good, signing_key(ROOT_KEY)) is Reason.UNKNOWN_KEY
    assert reason_of(good[:-10] + "AAAAAAAAAA") is Reason.BAD_SIGNATURE
    assert reason_of(good[:50]) is Reason.BAD_SIGNATURE


# Order

STEPS: list[tuple[Reason, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # the reason that shows, and what to mend in claims, facts and campaign to see the next
    (Reason.NOT_A_COUPON, {"kind": TokenKind.COUPON}, {}, {}),
    (Reason.WRONG_STORE, {"store": None}, {}, {}),
    (Reason.NOT_YET_VALID, {"not_before": NOW}, {}, {}),
    (Reason.EXPIRED, {"expires": Millis(NOW + 1)}, {}, {}),
    (Reason.REVOKED, {}, {"revoked": False}, {}),
    (Reason.ALREADY_USED, {}, {"used": None}, {}),
    (Reason.CAMPAIGN_NOT_STARTED, {}, {}, {"starts_at": NOW}),
    (Reason.CAMPAIGN_ENDED, {}, {}, {"ends_at": Millis(NOW + 1)}),
    (Reason.MEMBER_REQUIRED, {}, {"member_id": OTHER_MEMBER}, {}),
    (Reason.NOT_THIS_MEMBER, {}, {"member_id": MEMBER}, {}),
    (Reason.NO_MATCHING_ITEM, {}, {}, {"skus": ("A1",)}),
    (Reason.MIN_SPEND_NOT_MET, {}, {}, {"rule": AmountOff(min_fen=10_000, off_fen=1)}),
    (Reason.CLASS_NEEDS_ONLINE, {}, {}, {"class_": CampaignClass.CHAIN}),
    (Reason.LIMIT_REACHED, {}, {"contact_age_ms": 0}, {}),
    (Reason.CHAIN_WIDE, {}, {}, {}),
]


def test_with_everything_wrong_the_reasons_show_in_their_order() -> None:
    coupon = claims(
        kind=TokenKind.MEMBER,
        store=OTHER_STORE,
        not_before=Millis(NOW + 1),
        expires=Millis(NOW - 1),
        member=MEMBER,
    )
    rules = campaign(
        rule=AmountOff(min_fen=10_001, off_fen=1),
        class_=CampaignClass.CAPPED,
        starts_at=Millis(NOW + 1),
        ends_at=Millis(NOW - 1),
        skus=("B1",),
        member_only=True,
    )
    state = facts(revoked=True, used=USE, contact_age_ms=DAY_MS + 1)
    seen = []
    for _, of_claims, of_facts, of_campaign in STEPS:
        seen.append(decided(coupon, msgspec.structs.replace(state, campaign=rules)).reason)
        coupon = msgspec.structs.replace(coupon, **of_claims)
        state = msgspec.structs.replace(state, **of_facts)
        rules = msgspec.structs.replace(rules, **of_campaign)
    assert seen == [reason for reason, *_ in STEPS]


def test_a_campaign_that_is_not_known_yet_needs_hq_after_the_token_itself_was_good() -> None:
    assert verdict(decided(claims(), facts(campaign=None))) == (
        Outcome.NEEDS_ONLINE,
        Reason.UNKNOWN_CAMPAIGN,
    )
    assert decided(claims(store=OTHER_STORE), facts(campaign=None)).reason is Reason.WRONG_STORE
    assert decided(claims(), facts(campaign=None, used=USE)).reason is Reason.ALREADY_USED


# Scope


@pytest.mark.parametrize("kind", [kind for kind in TokenKind if kind is not TokenKind.COUPON])
def test_another_right_is_not_a_coupon(kind: TokenKind) -> None:
    assert verdict(decided(claims(kind=kind), facts())) == (Outcome.REFUSED, Reason.NOT_A_COUPON)


def test_another_stores_coupon_is_refused_and_names_its_store() -> None:
    decision = decided(claims(store=OTHER_STORE), facts())
    assert verdict(decision) == (Outcome.REFUSED, Reason.WRONG_STORE)
    assert decision.detail == {"store": OTHER_STORE}


# Time, to the millisecond


@pytest.mark.parametrize(
    ("now", "reason"),
    [(999, Reason.NOT_YET_VALID), (1_000, None), (1_999, None), (2_000, Reason.EXPIRED)],
)
def test_a_coupon_is_good_from_nbf_until_just_before_exp(now: int, reason: Reason | None) -> None:
    coupon = claims(not_before=Millis(1_000), expires=Millis(2_000))
    running = campaign(starts_at=Millis(0), ends_at=Millis(5_000))
    decision = decided(coupon, facts(now=Millis(now), campaign=running))
    assert decision.reason is reason
    if reason is not None:
        assert decision.detail == {"at": 1_000 if reason is Reason.NOT_YET_VALID else 2_000}


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (999, Reason.CAMPAIGN_NOT_STARTED),
        (1_000, None),
        (1_999, None),
        (2_000, Reason.CAMPAIGN_ENDED),
    ],
)
def test_a_campaign_runs_from_its_start_until_just_before_its_end(
    now: int, reason: Reason | None
) -> None:
    coupon = claims(not_before=Millis(0), expires=Millis(5_000))
    running = campaign(starts_at=Millis(1_000), ends_at=Millis(2_000))
    assert decided(coupon, facts(now=Millis(now), campaign=running)).reason is reason


# Used


def test_already_used_says_when_where_on_which_receipt_and_who_knows() -> None:
    decision = decided(claims(), facts(used=USE))
    assert decision.detail == {
        "at": NOW,
        "where": "MB002 T1",
        "receipt": "MB002-T1-000007",
        "known_by": "hq",
    }


# Rules


@pytest.mark.parametrize(
    ("member_id", "of_token", "reason"),
    [
        (None, MEMBER, Reason.MEMBER_REQUIRED),
        (OTHER_MEMBER, MEMBER, Reason.NOT_THIS_MEMBER),
        (MEMBER, None, Reason.NOT_THIS_MEMBER),
        (MEMBER, MEMBER, None),
    ],
)
def test_a_members_coupon_is_for_that_member(
    member_id: str | None, of_token: str | None, reason: Reason | None
) -> None:
    state = facts(campaign=campaign(member_only=True), member_id=member_id)
    assert decided(claims(member=of_token), state).reason is reason


def test_a_bare_question_about_a_members_coupon_needs_no_member_yet() -> None:
    state = facts(campaign=campaign(member_only=True), on_order=False)
    assert decided(claims(member=MEMBER), state).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("amount_fen", "reason", "off_fen"),
    [(2_999, Reason.MIN_SPEND_NOT_MET, 0), (3_000, None, 500)],
)
def test_the_minimum_spend_counts_to_the_fen(
    amount_fen: int, reason: Reason | None, off_fen: int
) -> None:
    decision = decided(claims(), facts(), line(amount_fen=amount_fen))
    assert (decision.reason, decision.discount_fen) == (reason, off_fen)


def test_a_basket_that_is_short_is_told_by_how_much() -> None:
    decision = decided(claims(), facts(), line(amount_fen=2_950))
    assert decision.detail == {"min_yuan": "30.00", "short_yuan": "0.50", "off_yuan": "5.00"}


def test_only_the_campaigns_articles_count() -> None:
    basket = (line("A1", 2_000), line("B1", 5_000), line("A1", 999))
    for_a = campaign(skus=("A1",))
    assert decided(claims(), facts(campaign=for_a), *basket).reason is Reason.MIN_SPEND_NOT_MET
    half_off_a = campaign(skus=("A1",), rule=PercentOff(pay_bp=5_000))
    assert decided(claims(), facts(campaign=half_off_a), *basket).discount_fen == 1_499
    for_c = campaign(skus=("C1",))
    assert decided(claims(), facts(campaign=for_c), *basket).reason is Reason.NO_MATCHING_ITEM


def test_items_for_nothing_leave_nothing_to_take_off() -> None:
    voucher = facts(campaign=campaign(rule=AmountOff(min_fen=0, off_fen=500)))
    assert decided(claims(), voucher, line(amount_fen=0)).reason is Reason.NOTHING_OFF


# Certainty by class


@pytest.mark.parametrize(
    ("class_", "bound", "free"),
    [
        (CampaignClass.BOUND, Outcome.ACCEPTED, Outcome.NEEDS_ONLINE),
        (CampaignClass.CHAIN, Outcome.ACCEPTED, Outcome.ACCEPTED_AT_RISK),
        (CampaignClass.CAPPED, Outcome.ACCEPTED, Outcome.NEEDS_ONLINE),
        (CampaignClass.STORED_VALUE, Outcome.NEEDS_ONLINE, Outcome.NEEDS_ONLINE),
        (CampaignClass.THIRD_PARTY, Outcome.NEEDS_ONLINE, Outcome.NEEDS_ONLINE),
    ],
)
def test_what_a_store_may_decide_alone(
    class_: CampaignClass, bound: Outcome, free: Outcome
) -> None:
    state = facts(campaign=campaign(class_=class_))
    assert decided(claims(store=STORE), state).outcome is bound
    assert decided(claims(store=None), state).outcome is free


def test_a_bound_coupon_is_accepted_for_certain_however_long_hq_was_not_heard() -> None:
    assert verdict(decided(claims(), facts(contact_age_ms=400 * DAY_MS))) == (
        Outcome.ACCEPTED,
        None,
    )


@pytest.mark.parametrize(
    ("revocations_age_ms", "outcome", "reason"),
    [
        (HOUR_MS, Outcome.ACCEPTED, None),
        (HOUR_MS + 1, Outcome.ACCEPTED_AT_RISK, Reason.REVOCATIONS_STALE),
    ],
)
def test_old_revocations_make_the_certain_a_risk(
    revocations_age_ms: int, outcome: Outcome, reason: Reason | None
) -> None:
    decision = decided(claims(), facts(revocations_age_ms=revocations_age_ms))
    assert (*verdict(decision), decision.discount_fen) == (outcome, reason, 500)


# Head office's word on a coupon of the whole chain


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ({"will_claim": True}, (Outcome.ACCEPTED, Reason.CLAIMED_WHEN_USED)),
        (
            {"claim": Claim(stand=ClaimStand.GRANTED), "will_claim": True},
            (Outcome.ACCEPTED, Reason.CLAIMED),
        ),
        (
            {"claim": Claim(stand=ClaimStand.USED, used=USE)},
            (Outcome.REFUSED, Reason.ALREADY_USED),
        ),
        ({"claim": Claim(stand=ClaimStand.REVOKED)}, (Outcome.REFUSED, Reason.REVOKED)),
        (
            {"claim": Claim(stand=ClaimStand.ELSEWHERE, store=OTHER_STORE)},
            (Outcome.REFUSED, Reason.CLAIMED_ELSEWHERE),
        ),
        ({}, (Outcome.ACCEPTED_AT_RISK, Reason.CHAIN_WIDE)),
    ],
)
def test_head_offices_word_makes_it_certain_and_silence_leaves_it_to_the_policy(
    word: dict[str, Any], expected: tuple[Outcome, Reason]
) -> None:
    state = facts(campaign=campaign(class_=CampaignClass.CHAIN), **word)
    assert verdict(decided(claims(store=None), state)) == expected


def test_what_head_office_gave_counts_for_no_limit() -> None:
    limits = POLICY.limits
    full = Exposure(count=limits.hard_count, sum_fen=limits.hard_sum_fen)
    state = facts(campaign=campaign(class_=CampaignClass.CHAIN), exposure=full)
    granted = msgspec.structs.replace(state, claim=Claim(stand=ClaimStand.GRANTED))
    assert decided(claims(store=None), state).reason is Reason.LIMIT_REACHED
    assert decided(claims(store=None), granted).reason is Reason.CLAIMED
