"""Any situation that a decision may meet, dense around the edges of POLICY."""

from typing import TypeVar

from hypothesis import strategies as st

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from agent.domain.basket import Line
from agent.domain.coupons.campaign import AmountOff, Campaign, Gift, PercentOff, Rule, SetPrice
from agent.domain.coupons.facts import Chosen, Claim, ClaimStand, Exposure, Facts, PriorUse
from agent.domain.coupons.token import Channel, Claims, TokenKind
from agent.domain.trust.policy import CAUTIOUS, CampaignClass
from tests.domain.factories import (
    COUPON,
    LIMITS,
    MEMBER,
    NOW,
    OTHER_COUPON,
    OTHER_MEMBER,
    OTHER_STORE,
    POLICY,
    STORE,
)

T = TypeVar("T")


def _mostly(usual: T, *others: T) -> st.SearchStrategy[T]:
    """`usual` nearly always, so that many situations get past the early reasons."""
    return st.sampled_from([usual] * 20 * len(others) + list(others))


def _near(*edges: int) -> st.SearchStrategy[int]:
    around = [edge + step for edge in edges for step in (-1, 0, 1) if edge + step >= 0]
    return st.sampled_from([0, *around])


members = st.sampled_from([None, MEMBER, OTHER_MEMBER])
instants = st.sampled_from([Millis(0), NOW, Millis(2**53)])

coupons = st.builds(
    Claims,
    code_id=st.just(COUPON),
    kind=_mostly(TokenKind.COUPON, TokenKind.MEMBER),
    not_before=_mostly(Millis(NOW - 1), NOW, Millis(NOW + 1), Millis(2**53)),
    expires=_mostly(Millis(NOW + 1), NOW, Millis(0)),
    store=st.sampled_from([None] * 8 + [STORE] * 4 + [OTHER_STORE]),
    campaign=st.just(1),
    member=members,
    channel=st.sampled_from(Channel),
)

spends = st.sampled_from([0, 1, 3_000, 3_001])
rules = st.builds(
    AmountOff, min_fen=spends, off_fen=st.just(500) | _near(LIMITS.per_redemption_fen)
) | st.builds(PercentOff, pay_bp=st.sampled_from([1, 5_000, 9_999]), min_fen=spends)
gifts = st.builds(Gift, sku=st.sampled_from(["A1", "C1"]), min_fen=spends)


def _campaigns(
    rule: st.SearchStrategy[Rule], skus: st.SearchStrategy[tuple[str, ...]]
) -> st.SearchStrategy[Campaign]:
    return st.builds(
        Campaign,
        campaign=st.just(1),
        name=st.just("活动"),
        rule=rule,
        class_=st.sampled_from([CampaignClass.CHAIN] * 6 + list(CampaignClass)),
        starts_at=_mostly(NOW, Millis(NOW + 1)),
        ends_at=_mostly(Millis(NOW + 1), NOW),
        skus=skus,
        member_only=_mostly(False, True, True, True),
        stackable=_mostly(True, False),
        exclusive_group=_mostly("", "618"),
    )


campaigns = _campaigns(rules | rules | gifts, _mostly((), ("A1",), ("A1",), ("C1",))) | _campaigns(
    st.builds(SetPrice, price_fen=spends), st.sampled_from([("A1", "B1"), ("A1", "C1")])
)

lines = st.lists(
    st.builds(
        Line,
        sku=st.sampled_from(["A1", "B1"]),
        name=st.just("苹果"),
        quantity=st.just(1),
        unit_price_fen=st.sampled_from([0, 1]),
        amount_fen=st.sampled_from([3_000, 3_001, 100_000, 1, 0]),
    ),
    min_size=1,
    max_size=3,
).map(tuple)

uses = st.builds(
    PriorUse,
    store=st.just(OTHER_STORE),
    till=st.sampled_from(["T1", ""]),
    receipt=st.sampled_from(["MB002-T1-000001", ""]),
    occurred_at=instants,
    known_by=st.sampled_from(["store", "hq"]),
)

claims_at_hq = st.builds(
    Claim,
    stand=st.sampled_from(ClaimStand),
    used=uses,
    store=st.just(OTHER_STORE),
)

chosen = st.builds(
    Chosen,
    claims=st.builds(
        Claims,
        code_id=_mostly(OTHER_COUPON, COUPON),
        kind=st.just(TokenKind.COUPON),
        not_before=st.just(Millis(0)),
        expires=st.just(Millis(2**53)),
        store=st.sampled_from([None, STORE]),
        member=members,
        channel=st.sampled_from(Channel),
    ),
    discount_fen=_near(3_000),
)


def _chosen(count: int) -> st.SearchStrategy[tuple[Chosen, ...]]:
    return st.tuples(*[chosen] * count)


exposures = st.builds(
    Exposure,
    count=_near(LIMITS.soft_count, LIMITS.hard_count),
    sum_fen=_near(LIMITS.soft_sum_fen, LIMITS.hard_sum_fen),
    member_count=_near(LIMITS.per_member_count),
)


class Situation(Facts, frozen=True, kw_only=True):
    """The facts, and the basket for which the coupon is presented; None: for none."""

    lines: tuple[Line, ...] | None = None


situations = st.builds(
    Situation,
    store=st.just(STORE),
    now=st.just(NOW),
    policy=_mostly(POLICY, CAUTIOUS),
    contact_age_ms=_near(HOUR_MS, DAY_MS),
    revocations_age_ms=_near(HOUR_MS),
    feed_complete=st.sampled_from([True, True, False]),
    on_order=st.just(True),
    lines=_mostly(False, True).flatmap(lambda bare: st.none() if bare else lines),
    member_id=members,
    campaign=_mostly(True, False).flatmap(lambda known: campaigns if known else st.none()),
    unread=_mostly(False, True),
    revoked=_mostly(False, True),
    used=_mostly(False, True).flatmap(lambda used: uses if used else st.none()),
    exposure=exposures,
    approved_by=st.sampled_from([None, "S1"]),
    claim=st.booleans().flatmap(lambda asked: claims_at_hq if asked else st.none()),
    will_claim=st.sampled_from([False, False, True]),
    chosen=st.sampled_from([0, 0, 0, 1, 1, 2]).flatmap(_chosen),
)
