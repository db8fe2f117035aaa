"""Earned: what the promotions of a recorded sale took off, and by what, from its own record."""

from collections import Counter

from agent.domain.promotions.refund import Earned
from agent.domain.promotions.told import articles_of, context_of
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
        articles=tuple(articles_of(sale.priced).values()),
        context=context_of(sale.priced, store=store, member=sale.member_id is not None),
    )
