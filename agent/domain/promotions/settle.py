"""An order settled: its promotions and usable coupons reckoned together, each coupon decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.coupons.campaign import Campaign, Gift
from agent.domain.coupons.decision import Decision, accept
from agent.domain.coupons.facts import Chosen, Facts
from agent.domain.coupons.token import Claims
from agent.domain.outcome import Reason
from agent.domain.promotions.context import Context, Presented
from agent.domain.promotions.of_campaign import coupon_channel, promotion_id
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.priced import Priced
from agent.domain.promotions.scope import Article
from agent.domain.promotions.unused import unused


class Usable(NamedTuple):
    """A coupon that this customer may use here and now, if it takes something off."""

    claims: Claims
    campaign: Campaign
    facts: Facts
    received: datetime | None = None
    """When the customer got it, in the store's time; None: not known."""
    ends: datetime | None = None
    """In the store's time."""


class Settled(NamedTuple):
    """What an order comes to."""

    priced: Priced
    context: Context
    """What it was reckoned from, with the coupons."""
    decisions: Mapping[str, Decision]
    """By coupon, of all that were usable."""
    chosen: tuple[Chosen, ...]
    """The coupons that are accepted."""


def settle(
    basket: Sequence[Line],
    book: Prepared,
    context: Context,
    coupons: Sequence[Usable],
    *,
    articles: Mapping[str, Article] | None = None,
) -> Settled:
    """Return what `basket` comes to with its promotions and `coupons`, in whatever order they were
    presented. Pure.

    A coupon that takes nothing more off is left unused, and one that the policy does not accept at
    what it takes off is left out, and all is reckoned without it.
    """
    left, refused = sorted(coupons, key=lambda one: one.claims.code_id), dict[str, Decision]()
    while True:
        context = replace(context, coupons=tuple(presented(one) for one in left))
        priced = price(basket, book, context, articles=articles)
        used = {one.coupon: one.fen for one in priced.applied if one.coupon is not None}
        accepted, chosen = _accepted([one for one in left if one.claims.code_id in used], used)
        out = {code: one for code, one in accepted.items() if not one.outcome.is_accepted}
        if not out:
            break
        refused |= out
        left = [one for one in left if one.claims.code_id not in out]
    reasons = {one.coupon: one for one in priced.not_applied if one.coupon is not None}
    names = _names(basket, coupons)
    idle = {
        one.claims.code_id: unused(reasons[one.claims.code_id], names)
        for one in left
        if one.claims.code_id not in used
    }
    return Settled(priced, context, {**refused, **accepted, **idle}, chosen)


def presented(coupon: Usable) -> Presented:
    """Return a coupon as the engine is told of it."""
    claims = coupon.claims
    return Presented(
        coupon=claims.code_id,
        promotion=promotion_id(coupon.campaign),
        channel=coupon_channel(claims.channel),
        received=coupon.received,
        ends=coupon.ends,
    )


def _accepted(
    used: Sequence[Usable], fen: Mapping[str, int]
) -> tuple[dict[str, Decision], tuple[Chosen, ...]]:
    """Decide on coupons by the policy, each beside those before it, up to the first that it does
    not accept."""
    decisions: dict[str, Decision] = {}
    chosen: tuple[Chosen, ...] = ()
    for one in used:
        code = one.claims.code_id
        facts = replace(one.facts, chosen=one.facts.chosen + chosen)
        decision = decisions[code] = accept(one.claims, facts, discount_fen=fen[code])
        if not decision.outcome.is_accepted:
            break
        claimed = decision.reason in (Reason.CLAIMED, Reason.CLAIMED_WHEN_USED)
        chosen += (Chosen(claims=one.claims, discount_fen=fen[code], claimed=claimed),)
    return decisions, chosen


def _names(basket: Sequence[Line], coupons: Sequence[Usable]) -> dict[str, str]:
    names = {line.sku: line.name for line in basket if line.name}
    for one in coupons:
        rule = one.campaign.rule
        if isinstance(rule, Gift) and rule.name:
            names[rule.sku] = rule.name
    return names
