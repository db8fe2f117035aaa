"""What holds of every decision, whatever the situation."""

from contextlib import suppress
from datetime import UTC, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from agent.domain.basket import total
from agent.domain.coupons.codes import DAMAGED
from agent.domain.coupons.decision import Decision, authenticate
from agent.domain.coupons.facts import Exposure
from agent.domain.coupons.token import Claims
from agent.domain.outcome import Outcome, Reason, Sentence, sentence
from agent.domain.trust.policy import CampaignClass
from tests.domain.factories import NOW, STORE, STRANGER_KEY, decided, ring, token
from tests.domain.situations import Situation, coupons, situations

BETTER = [
    Outcome.REFUSED,
    Outcome.NEEDS_ONLINE,
    Outcome.NEEDS_SUPERVISOR,
    Outcome.ACCEPTED_AT_RISK,
    Outcome.ACCEPTED,
]
"""From the worst to the best, for the one who holds the coupon."""
CLAIMED = (Reason.CLAIMED, Reason.CLAIMED_WHEN_USED)
"""What head office has given to this store, or will be asked for."""

ages = st.integers(0, 2**40)
more = st.integers(0, 10**6)


def decide(coupon: Claims, state: Situation) -> Decision:
    asked = changed(state, on_order=state.lines is not None)
    return decided(coupon, asked, *state.lines or ())


def goodness(coupon: Claims, state: Situation) -> int:
    return BETTER.index(decide(coupon, state).outcome)


def changed(state: Situation, **changes: Any) -> Situation:
    return msgspec.structs.replace(state, **changes)


def test_the_order_names_every_outcome() -> None:
    assert sorted(BETTER) == sorted(Outcome)


# The less a store knows, the less it dares


@given(coupons, situations, ages)
def test_an_older_feed_never_makes_it_better(coupon: Claims, state: Situation, older: int) -> None:
    later = changed(state, revocations_age_ms=state.revocations_age_ms + older)
    assert goodness(coupon, later) <= goodness(coupon, state)


@given(coupons, situations)
def test_what_hq_has_not_told_yet_never_makes_it_better(coupon: Claims, state: Situation) -> None:
    told, untold = changed(state, feed_complete=True), changed(state, feed_complete=False)
    assert goodness(coupon, untold) <= goodness(coupon, told)


@given(coupons, situations, ages)
def test_a_longer_silence_never_makes_it_better(
    coupon: Claims, state: Situation, longer: int
) -> None:
    later = changed(state, contact_age_ms=state.contact_age_ms + longer)
    assert goodness(coupon, later) <= goodness(coupon, state)


@given(coupons, situations, more, more, more)
def test_more_at_risk_never_makes_it_better(
    coupon: Claims, state: Situation, count: int, sum_fen: int, member_count: int
) -> None:
    known = state.exposure
    loaded = Exposure(
        count=known.count + count,
        sum_fen=known.sum_fen + sum_fen,
        member_count=known.member_count + member_count,
    )
    assert goodness(coupon, changed(state, exposure=loaded)) <= goodness(coupon, state)


@given(coupons, situations)
def test_a_revocation_that_arrives_is_the_end_of_it(coupon: Claims, state: Situation) -> None:
    assert goodness(coupon, changed(state, revoked=True)) == BETTER.index(Outcome.REFUSED)


@given(coupons, situations)
def test_a_supervisor_turns_nothing_but_needs_supervisor(coupon: Claims, state: Situation) -> None:
    alone = decide(coupon, changed(state, approved_by=None))
    approved = decide(coupon, changed(state, approved_by="S1"))
    if alone.outcome is Outcome.NEEDS_SUPERVISOR:
        assert approved.outcome is Outcome.ACCEPTED_AT_RISK
        assert approved.discount_fen == alone.discount_fen
    else:
        assert approved == alone


# What an acceptance means


@given(coupons, situations)
def test_without_head_offices_word_only_a_coupon_that_names_this_store_is_accepted_for_certain(
    coupon: Claims, state: Situation
) -> None:
    decision = decide(coupon, state)
    if decision.outcome is Outcome.ACCEPTED and decision.reason not in CLAIMED:
        assert coupon.store == STORE
        assert state.feed_complete
        assert state.revocations_age_ms <= state.policy.revocations_max_age_ms
        assert state.campaign is not None
        assert state.campaign.class_ not in (CampaignClass.STORED_VALUE, CampaignClass.THIRD_PARTY)


@given(coupons, situations)
def test_what_is_accepted_is_in_date_and_unused(coupon: Claims, state: Situation) -> None:
    if decide(coupon, state).outcome.is_accepted:
        assert coupon.not_before <= state.now < coupon.expires
        assert coupon.store in (None, STORE)
        assert not state.revoked
        assert state.used is None


@given(coupons, situations)
def test_a_discount_is_never_more_than_is_to_pay(coupon: Claims, state: Situation) -> None:
    assert 0 <= decide(coupon, state).discount_fen <= total(state.lines or ())


@given(coupons, situations)
def test_what_is_not_accepted_takes_nothing_off_unless_a_supervisor_may(
    coupon: Claims, state: Situation
) -> None:
    decision = decide(coupon, state)
    if decision.outcome in (Outcome.REFUSED, Outcome.NEEDS_ONLINE):
        assert decision.discount_fen == 0


@given(coupons, situations)
def test_a_decision_has_a_reason_unless_it_is_plainly_accepted(
    coupon: Claims, state: Situation
) -> None:
    decision = decide(coupon, state)
    plainly = decision.outcome is Outcome.ACCEPTED and decision.reason not in CLAIMED
    assert (decision.reason is None) == plainly
    assert decision.outcome.is_at_risk == (decision.outcome is Outcome.ACCEPTED_AT_RISK)


# What the cashier reads

ZONES = [
    UTC,
    ZoneInfo("Asia/Shanghai"),
    ZoneInfo("Pacific/Kiritimati"),
    timezone(timedelta(hours=-12)),
]


def said(decision: Decision, zone: Any = UTC) -> Sentence:
    return sentence(decision.outcome, decision.reason, decision.detail, zone=zone)


def assert_readable(decision: Decision, zone: Any = UTC) -> None:
    words = said(decision, zone)
    for text in (words.zh_cn, words.en):
        assert text
        assert "None" not in text
        assert not set("{}") & set(text)


@given(coupons, situations, st.sampled_from(ZONES))
def test_every_decision_is_said_in_both_languages(
    coupon: Claims, state: Situation, zone: Any
) -> None:
    assert_readable(decide(coupon, state), zone)


@pytest.mark.parametrize(
    "code",
    ["noise", f"69012{DAMAGED}", "130000000000000000", token()[:-1], token(key=STRANGER_KEY)],
)
def test_every_code_that_is_not_believed_is_said_in_both_languages(code: str) -> None:
    refusal = authenticate(code, keys=ring(), now=NOW)
    assert isinstance(refusal, Decision)
    assert_readable(refusal)


AUTHENTICITY = {
    Reason.UNKNOWN_CODE,
    Reason.DAMAGED_CODE,
    Reason.PAYMENT_CODE,
    Reason.BAD_SIGNATURE,
    Reason.UNKNOWN_KEY,
}
OF_BAR_CODES = {
    Reason.FOREIGN_COUPON,
    Reason.ADD_ON_ALONE,
    Reason.SEVERAL_ARTICLES,
    Reason.NOT_THE_PIECE,
    Reason.MEASURE_UNUSABLE,
    Reason.PAST_ITS_DATE,
    Reason.SCALE_LABEL_NOT_SET,
    Reason.SCALE_LABEL_MISREAD,
    Reason.SCALE_LABEL_ARTICLE,
    Reason.ARTICLE_WITHDRAWN,
}
"""Said of what is no coupon: tests/api/selling/test_scanning.py, and of articles out of sale."""


OF_PROMOTIONS = {
    Reason.PIECES_MISSING,
    Reason.NOT_STACKABLE,
    Reason.BETTER_WITHOUT,
    Reason.NEEDS_OTHER_COUPON,
    Reason.NOT_AT_THIS_TIME,
    Reason.NOT_FOR_THIS_CHANNEL,
    Reason.NOT_IN_THIS_STORE,
    Reason.NOT_FOR_THIS_MEMBER,
    Reason.USED_OFTEN_ENOUGH,
    Reason.COUPON_LIMIT,
}
"""Said where something else is taken off, or by the price book: tests/domain/promotions."""


class _AllSeenError(Exception):
    """Nothing is left to look for."""


def test_every_reason_can_come_up() -> None:
    """The control of this file: its situations reach every branch."""
    reasons: set[Reason | None] = {None, *Reason} - (AUTHENTICITY | OF_BAR_CODES | OF_PROMOTIONS)
    seen: set[Reason | None] = set()
    outcomes: set[Outcome] = set()

    @seed(4)  # any will do; this one meets them all after some hundreds
    @settings(
        max_examples=3_000,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(coupons, situations)
    def look(coupon: Claims, state: Situation) -> None:
        decision = decide(coupon, state)
        if decision.reason not in OF_PROMOTIONS:
            seen.add(decision.reason)
        outcomes.add(decision.outcome)
        if seen == reasons and outcomes == set(Outcome):
            raise _AllSeenError

    with suppress(_AllSeenError):
        look()
    assert seen == reasons
    assert outcomes == set(Outcome)
