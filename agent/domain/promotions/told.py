"""From what the engine was told and answered to what the journal says of it, and back."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from agent.domain.promotions.context import Buyer, Context, Presented, Used
from agent.domain.promotions.events import AppliedPromotion, PricedBy, ToldArticle, ToldCoupon
from agent.domain.promotions.kept import kept
from agent.domain.promotions.of_campaign import PREFIX
from agent.domain.promotions.priced import Priced
from agent.domain.promotions.promotion import PartialReturn, Promotion
from agent.domain.promotions.scope import Article, Scope


def applied_of(
    priced: Priced, versions: Mapping[str, int], promotions: Iterable[Promotion] = ()
) -> tuple[AppliedPromotion, ...]:
    """Return what was applied, with what it took off each line.

    `versions`: of the promotions of the price book, by id. `promotions`: those applied.
    """
    skus = {line.sku for line in priced.lines}
    rules = _rules([kept(one, skus) for one in promotions])
    shares: list[list[tuple[int, int]]] = [[] for _ in priced.applied]
    for place, line in enumerate(priced.lines):
        for one in line.allocations:
            shares[one.use].append((place, one.fen))
    return tuple(
        AppliedPromotion(
            promotion=one.promotion,
            name=one.name,
            fen=one.fen,
            shares=tuple(own),
            version=versions.get(one.promotion, 0),
            coupon_id=one.coupon,
            times=one.times,
            by_line=one.by_line,
            rule=rules.get(one.promotion),
        )
        for one, own in zip(priced.applied, shares, strict=True)
    )


def _rules(promotions: Iterable[Promotion]) -> dict[str, Promotion]:
    """The promotions themselves, when a partial return has to reckon by one of them; and always
    what a campaign gives, of which nobody keeps old versions."""
    applied = {one.id: one for one in promotions}
    if any(one.partial_return is PartialReturn.RECALCULATE for one in applied.values()):
        return applied
    return {id_: one for id_, one in applied.items() if id_.startswith(PREFIX)}


def priced_by(
    priced: Priced,
    context: Context,
    promotions: Iterable[Promotion],
    articles: Mapping[str, Article],
    rules_version: int,
) -> PricedBy:
    """Return what `priced` was reckoned from, as far as `promotions`, those applied, ask for it."""
    buyer, coupons = context.member or Buyer(), {one.coupon for one in priced.applied}
    applied = {one.id: one for one in promotions}
    return PricedBy(
        at=context.at.isoformat(timespec="milliseconds"),
        rules=rules_version,
        channel=context.channel,
        tier=buyer.tier,
        birthday_month=buyer.birthday_month,
        first_purchase=buyer.first_purchase,
        coupons=tuple(_coupon(one) for one in context.coupons if one.coupon in coupons),
        passphrases=tuple(one.passphrase for one in applied.values() if one.passphrase),
        used={
            promotion: (used.by_member, used.today)
            for promotion, used in context.used.items()
            if promotion in applied
        },
        by_hand=context.by_hand,
        articles=_articles(applied.values(), articles),
        complete=priced.complete,
    )


def context_of(told: PricedBy, *, store: str, member: bool) -> Context:
    """Return what the engine was told, as far as the journal says it."""
    buyer = Buyer(
        tier=told.tier, birthday_month=told.birthday_month, first_purchase=told.first_purchase
    )
    return Context(
        at=datetime.fromisoformat(told.at),
        store=store,
        channel=told.channel,
        member=buyer if member else None,
        coupons=tuple(
            Presented(
                coupon=one.coupon_id,
                promotion=one.promotion,
                channel=one.channel,
                received=datetime.fromisoformat(one.received) if one.received else None,
            )
            for one in told.coupons
        ),
        passphrases=told.passphrases,
        used={
            promotion: Used(by_member=by_member, today=today)
            for promotion, (by_member, today) in told.used.items()
        },
        by_hand=told.by_hand,
    )


def articles_of(told: PricedBy) -> dict[str, Article]:
    """Return what was known of the articles."""
    return {
        sku: Article(sku=sku, categories=one.categories, brand=one.brand)
        for sku, one in told.articles.items()
    }


def _coupon(one: Presented) -> ToldCoupon:
    return ToldCoupon(
        coupon_id=one.coupon,
        promotion=one.promotion,
        channel=one.channel,
        received=one.received.isoformat() if one.received else None,
    )


def _articles(
    promotions: Iterable[Promotion], articles: Mapping[str, Article]
) -> dict[str, ToldArticle]:
    scopes = [scope for one in promotions for scope in (one.scope, *one.effect.scopes)]
    if not any(map(_asks_for_groups, scopes)):
        return {}
    return {
        one.sku: ToldArticle(categories=one.categories, brand=one.brand)
        for one in articles.values()
        if one.categories or one.brand
    }


def _asks_for_groups(scope: Scope) -> bool:
    return bool(scope.categories or scope.brands or scope.except_categories or scope.except_brands)
