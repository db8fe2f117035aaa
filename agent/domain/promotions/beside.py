"""One more coupon on an order that the POS keeps itself, beside those used on it before.

Of such an order the store knows the sum alone: the price book's other promotions are the POS's to
reckon.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.coupons.decision import Decision, accept, refused
from agent.domain.coupons.token import Claims
from agent.domain.outcome import Reason
from agent.domain.promotions.book import Book
from agent.domain.promotions.context import Context, Presented
from agent.domain.promotions.effects import AmountOff
from agent.domain.promotions.of_campaign import coupon_channel
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.priced import NotApplied, Priced
from agent.domain.promotions.promotion import Promotion, Trigger
from agent.domain.promotions.settle import Usable, presented
from agent.domain.promotions.unused import unused


class Recorded(NamedTuple):
    """A coupon that was used on the order before."""

    claims: Claims
    promotion: Promotion | None
    """What it gives; None: not known here any more."""
    fen: int
    """What it took off."""


def beside(
    order_fen: int,
    recorded: Sequence[Recorded],
    coupon: Usable,
    promotion: Promotion | None,
    context: Context,
    rules: Book,
) -> Decision:
    """Return the decision on `coupon` of `promotion` for an order of `order_fen`. Pure.

    It takes off what is more than `recorded` took: those stand, and one that the order no longer
    earns lets no further one in. `rules`: the book whose counts of coupons hold.
    """
    if any(one.claims.code_id == coupon.claims.code_id for one in recorded):
        return refused(Reason.NOT_STACKABLE)
    before = [_standing(one) for one in recorded]
    told = [_told(one, gives) for one, gives in zip(recorded, before, strict=True)]
    promotions = {gives.id: gives for gives in before}
    if promotion is not None:
        promotions.setdefault(promotion.id, promotion)
    book = Prepared(replace(rules, promotions=tuple(promotions.values()), round_down_to_fen=0))
    coupons = (*told, presented(coupon))
    priced = price((_whole(order_fen),), book, replace(context, coupons=coupons), articles={})
    if lack := _first_lack(priced, [one.coupon for one in coupons]):
        return unused(lack, {})
    more_fen = priced.discount_fen - sum(one.fen for one in recorded)
    if more_fen <= 0:
        return refused(Reason.NOT_STACKABLE)
    return accept(coupon.claims, coupon.facts, discount_fen=more_fen)


def _standing(one: Recorded) -> Promotion:
    """It stands whatever else would be better."""
    gives = one.promotion or Promotion(
        id=f"used-{one.claims.code_id}",
        name=one.claims.code_id,
        trigger=Trigger.COUPON,
        effect=AmountOff(off_fen=one.fen),
    )
    return replace(gives, stacking=replace(gives.stacking, mandatory=True))


def _told(one: Recorded, gives: Promotion) -> Presented:
    return Presented(
        coupon=one.claims.code_id,
        promotion=gives.id,
        channel=coupon_channel(one.claims.channel),
    )


def _first_lack(priced: Priced, coupons: Sequence[str]) -> NotApplied | None:
    lacks = {one.coupon: one for one in priced.not_applied}
    return next((lacks[one] for one in coupons if one in lacks), None)


def _whole(order_fen: int) -> Line:
    return Line(sku="", name="", quantity=1, unit_price_fen=order_fen, amount_fen=order_fen)
