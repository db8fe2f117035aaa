"""Earned: what the promotions of a recorded sale took off, and by what, from its own record."""

from collections import Counter
from datetime import datetime

from agent.domain.promotions.context import Buyer, Context, Presented, Used
from agent.domain.promotions.events import PricedBy
from agent.domain.promotions.refund import Earned
from agent.domain.promotions.scope import Article
from agent.domain.selling.events import SaleRecorded


def earned_of(store: str, sale: SaleRecorded) -> Earned | None:
    """Return it by the promotions that the sale itself keeps, which the store's book may have
    forgotten; None: no partial return of it is reckoned anew."""
    ruled = {one.promotion: one.rule for one in sale.promotions or () if one.rule is not None}
    if not ruled or not sale.priced:
        return None
    shares: dict[str, Counter[int]] = {one: Counter() for one in ruled}
    for share in sale.shares:
        if share.promotion in shares:
            shares[share.promotion][share.place] += share.fen
    return Earned(
        lines=sale.lines,
        shares=shares,
        promotions=tuple(ruled.values()),
        articles=tuple(
            Article(sku=sku, categories=one.categories, brand=one.brand)
            for sku, one in sale.priced.articles.items()
        ),
        context=_context(sale.priced, store, member=sale.member_id is not None),
    )


def _context(told: PricedBy, store: str, *, member: bool) -> Context:
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
    )
