"""The decision on one coupon: authenticity → kind → scope → time → revoked → used → rules → policy.

Authenticity is settled by `authenticate`, all that needs no price by `unusable`, from given facts.
What it takes off an order is reckoned together with all else (domain.promotions.settle); `accept`
then says how certain the coupon is, by the policy.
"""

from typing import Any

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.barcodes.symbology import Carrier
from agent.domain.coupons.campaign import Campaign
from agent.domain.coupons.codes import DAMAGED, is_payment_code
from agent.domain.coupons.facts import ClaimStand, Exposure, Facts, PriorUse
from agent.domain.coupons.opaque import normal
from agent.domain.coupons.token import (
    Claims,
    TokenKeyUnknownError,
    TokenKind,
    TokenMalformedError,
    TokenSignatureError,
    is_token,
    verify_token,
)
from agent.domain.outcome import Outcome, Reason
from agent.domain.trust.keys import KeyRing
from agent.domain.trust.policy import CampaignClass

_NEVER_BOUND = (CampaignClass.STORED_VALUE, CampaignClass.THIRD_PARTY)


class Decision(Struct, frozen=True, kw_only=True):
    """What was decided, and why."""

    outcome: Outcome
    reason: Reason | None = None
    discount_fen: int = 0
    detail: dict[str, Any] = {}
    """What fills the sentence, and what an integrator may show."""


def refused(reason: Reason, **detail: Any) -> Decision:
    """Return a refusal."""
    return Decision(outcome=Outcome.REFUSED, reason=reason, detail=detail)


def authenticate(
    code: str, *, keys: KeyRing, now: Millis, carrier: Carrier = Carrier.UNKNOWN
) -> Claims | Decision:
    """Return what HQ says in `code`, or the refusal of a code that can't be believed.

    `carrier`: the symbol that it came in; payment codes come in some only.
    """
    if DAMAGED in code:
        return refused(Reason.DAMAGED_CODE)
    if not is_token(code):
        payment = carrier.may_hold_payment and is_payment_code(normal(code))
        return refused(Reason.PAYMENT_CODE if payment else Reason.UNKNOWN_CODE)
    try:
        return verify_token(code, keys=keys, now=now)
    except TokenKeyUnknownError:
        return refused(Reason.UNKNOWN_KEY)
    except (TokenSignatureError, TokenMalformedError):
        return refused(Reason.BAD_SIGNATURE)


def decide(claims: Claims, facts: Facts) -> Decision:
    """Return the decision on an authentic coupon by itself, whatever it would take off. Pure."""
    return unusable(claims, facts) or accept(claims, facts, discount_fen=0)


def unusable(claims: Claims, facts: Facts) -> Decision | None:
    """Return why an authentic coupon can't be used here and now, by this customer; None: it can,
    if it takes something off. Pure."""
    refusal = _scope(claims, facts) or _time(claims, facts) or _spent(facts)
    if refusal is not None:
        return refusal
    if facts.unread:
        return refused(Reason.NEEDS_UPDATE)
    if facts.campaign is None:
        return Decision(outcome=Outcome.NEEDS_ONLINE, reason=Reason.UNKNOWN_CAMPAIGN)
    return _running(facts.campaign, facts.now) or _member(claims, facts, facts.campaign)


def accept(claims: Claims, facts: Facts, *, discount_fen: int) -> Decision:
    """Say how certain a usable coupon is that takes `discount_fen` off. A token that names this
    store is bound, whatever its campaign's class: the customer's phone had it bound at HQ. Money on
    a card and the vouchers of platforms are not HQ's to bind. A PC that was not told everything may
    have forgotten uses. Pure.
    """
    class_ = CampaignClass.CHAIN if facts.campaign is None else facts.campaign.class_
    if claims.store is None and class_ is CampaignClass.CHAIN:
        return _by_claim(facts, discount_fen) or _at_risk(claims, facts, discount_fen)
    if claims.store is None or class_ in _NEVER_BOUND:
        return Decision(outcome=Outcome.NEEDS_ONLINE, reason=Reason.CLASS_NEEDS_ONLINE)
    if not facts.feed_complete:
        return _at_risk(claims, facts, discount_fen)
    if _is_stale(facts):
        return Decision(
            outcome=Outcome.ACCEPTED_AT_RISK,
            reason=Reason.REVOCATIONS_STALE,
            discount_fen=discount_fen,
        )
    return Decision(outcome=Outcome.ACCEPTED, discount_fen=discount_fen)


def lapsed(claims: Claims, facts: Facts) -> Decision | None:
    """Return why a coupon whose use is taken back can't be used again; None: it can. Pure."""
    return (
        _time(claims, facts)
        or _spent(facts)
        or (_over(facts.campaign, facts.now) if facts.campaign else None)
    )


def _scope(claims: Claims, facts: Facts) -> Decision | None:
    if claims.kind is not TokenKind.COUPON:
        return refused(Reason.NOT_A_COUPON)
    if claims.store is not None and claims.store != facts.store:
        return refused(Reason.WRONG_STORE, store=claims.store)
    return None


def _time(claims: Claims, facts: Facts) -> Decision | None:
    if facts.now < claims.not_before:
        return refused(Reason.NOT_YET_VALID, at=claims.not_before)
    if facts.now >= claims.expires:
        return refused(Reason.EXPIRED, at=claims.expires)
    return None


def _spent(facts: Facts) -> Decision | None:
    if facts.revoked:
        return refused(Reason.REVOKED)
    return _used(facts.used)


def _used(use: PriorUse | None) -> Decision | None:
    if use is None:
        return None
    return refused(
        Reason.ALREADY_USED,
        at=use.occurred_at,
        where=f"{use.store} {use.till}".strip(),
        receipt=use.receipt,
        known_by=use.known_by,
    )


def _running(campaign: Campaign, now: Millis) -> Decision | None:
    if now < campaign.starts_at:
        return refused(Reason.CAMPAIGN_NOT_STARTED, at=campaign.starts_at)
    return _over(campaign, now)


def _over(campaign: Campaign, now: Millis) -> Decision | None:
    return refused(Reason.CAMPAIGN_ENDED, at=campaign.ends_at) if now >= campaign.ends_at else None


def _member(claims: Claims, facts: Facts, campaign: Campaign) -> Decision | None:
    """A coupon that names a member is theirs alone, and so is each of a campaign for members."""
    if not facts.on_order or not (campaign.member_only or claims.member):
        return None
    if facts.member_id is None:
        return refused(Reason.MEMBER_REQUIRED)
    before = {other.claims.member for other in facts.chosen if other.recorded} - {None}
    if facts.member_id == claims.member and before <= {claims.member}:
        return None
    return refused(Reason.NOT_THIS_MEMBER)


def _by_claim(facts: Facts, discount_fen: int) -> Decision | None:
    """What HQ says of the coupon decides; None: it said nothing."""
    if facts.claim is None:
        if not facts.will_claim:
            return None
        return Decision(
            outcome=Outcome.ACCEPTED, reason=Reason.CLAIMED_WHEN_USED, discount_fen=discount_fen
        )
    match facts.claim.stand:
        case ClaimStand.GRANTED:
            return Decision(
                outcome=Outcome.ACCEPTED, reason=Reason.CLAIMED, discount_fen=discount_fen
            )
        case ClaimStand.REVOKED:
            return refused(Reason.REVOKED)
        case ClaimStand.ELSEWHERE:
            return refused(Reason.CLAIMED_ELSEWHERE, store=facts.claim.store)
        case ClaimStand.USED:
            return _used(facts.claim.used)


def _is_stale(facts: Facts) -> bool:
    return not facts.feed_complete or facts.revocations_age_ms > facts.policy.revocations_max_age_ms


def _at_risk(claims: Claims, facts: Facts, discount_fen: int) -> Decision:
    exposure = _exposure(claims, facts)
    hard = _over_hard(facts, exposure, discount_fen)
    if hard is not None:
        return refused(Reason.LIMIT_REACHED, limit=hard)
    soft = _over_soft(facts, exposure, discount_fen)
    if soft is not None and facts.approved_by is None:
        return Decision(
            outcome=Outcome.NEEDS_SUPERVISOR,
            reason=Reason.LIMIT_REACHED,
            detail={"limit": soft},
            discount_fen=discount_fen,
        )
    reason = Reason.CHAIN_WIDE if facts.feed_complete else Reason.FEED_INCOMPLETE
    return Decision(outcome=Outcome.ACCEPTED_AT_RISK, reason=reason, discount_fen=discount_fen)


def _exposure(claims: Claims, facts: Facts) -> Exposure:
    """Return what is at risk together with the coupons already accepted on this order."""
    stale, known = _is_stale(facts), facts.exposure
    chosen = [
        other
        for other in facts.chosen
        if not (other.recorded or other.claimed) and (stale or other.claims.store is None)
    ]
    own = [other for other in chosen if claims.member and other.claims.member == claims.member]
    return Exposure(
        count=known.count + len(chosen),
        sum_fen=known.sum_fen + sum(other.discount_fen for other in chosen),
        member_count=known.member_count + len(own),
    )


def _over_hard(facts: Facts, exposure: Exposure, discount_fen: int) -> str | None:
    limits = facts.policy.limits
    checks = (
        ("per_redemption_fen", discount_fen > limits.per_redemption_fen),
        ("per_member_count", exposure.member_count + 1 > limits.per_member_count),
        ("hard_count", exposure.count + 1 > limits.hard_count),
        ("hard_sum_fen", exposure.sum_fen + discount_fen > limits.hard_sum_fen),
        ("hard_contact_age_ms", facts.contact_age_ms > limits.hard_contact_age_ms),
    )
    return next((name for name, over in checks if over), None)


def _over_soft(facts: Facts, exposure: Exposure, discount_fen: int) -> str | None:
    limits = facts.policy.limits
    checks = (
        ("soft_count", exposure.count + 1 > limits.soft_count),
        ("soft_sum_fen", exposure.sum_fen + discount_fen > limits.soft_sum_fen),
        ("soft_contact_age_ms", facts.contact_age_ms > limits.soft_contact_age_ms),
    )
    return next((name for name, over in checks if over), None)
