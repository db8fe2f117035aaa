"""What a coupon of a campaign gives, as a promotion: one engine reckons and explains all of it.

Who may use the coupon, and when, is the campaign's own business (domain.coupons.decision).
"""

from agent.domain.coupons.campaign import (
    AmountOff,
    Campaign,
    Gift,
    PercentOff,
    SetPrice,
    StandsInBook,
)
from agent.domain.coupons.token import Channel
from agent.domain.promotions import effects
from agent.domain.promotions.effects.gift import GiftStep
from agent.domain.promotions.effects.set_price import Group
from agent.domain.promotions.promotion import CouponChannel, Promotion, Stacking, Trigger
from agent.domain.promotions.scope import Scope

PREFIX = "campaign-"
"""Begin of the ids of such promotions; the price book has none of them."""


def promotion_id(campaign: Campaign) -> str:
    """Return the id of the promotion that a coupon of `campaign` is of."""
    if isinstance(campaign.rule, StandsInBook):
        return campaign.rule.promotion
    return f"{PREFIX}{campaign.campaign}"


def of_campaign(campaign: Campaign) -> Promotion | None:
    """Return what a coupon of `campaign` gives; None: it stands in the price book. Pure."""
    effect = _effect(campaign)
    if effect is None:
        return None
    return Promotion(
        id=promotion_id(campaign),
        name=campaign.name,
        trigger=Trigger.COUPON,
        effect=effect,
        scope=_scope(campaign),
        stacking=Stacking(group=campaign.exclusive_group, beside_coupons=campaign.stackable),
    )


def coupon_channel(channel: Channel) -> CouponChannel:
    """Return where a token says that its coupon was given out."""
    return CouponChannel.OFFLINE if channel is Channel.OFFLINE else CouponChannel.ONLINE


def _effect(campaign: Campaign) -> effects.AnyEffect | None:
    match campaign.rule:
        case AmountOff() as rule:
            return effects.AmountOff(off_fen=rule.off_fen, min_fen=rule.min_fen)
        case PercentOff() as rule:
            return effects.PercentOff(pay_bp=rule.pay_bp, min_fen=rule.min_fen)
        case Gift() as rule:
            return _gift(rule, campaign.skus)
        case SetPrice() as rule:
            skus = dict.fromkeys(campaign.skus)
            groups = tuple(Group(articles=(sku,)) for sku in skus)
            return effects.SetPrice(price_fen=rule.price_fen, groups=groups)
        case StandsInBook():
            return None


def _gift(rule: Gift, skus: tuple[str, ...]) -> effects.Gift:
    """A gift for certain articles needs one of them, also where it needs no sum."""
    step = GiftStep(
        choices=(rule.sku,), min_fen=rule.min_fen, pieces=1 if skus and not rule.min_fen else 0
    )
    return effects.Gift(steps=(step,))


def _scope(campaign: Campaign) -> Scope:
    if isinstance(campaign.rule, SetPrice):
        return Scope()
    return Scope(articles=campaign.skus)
