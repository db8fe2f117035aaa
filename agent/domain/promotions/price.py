"""What a basket costs by a price book, line by line, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.domain.basket import Line
from agent.domain.promotions.by_hand import Taken, by_hand, rounded
from agent.domain.promotions.candidates import Candidate, candidates_of, conflicts
from agent.domain.promotions.context import Context
from agent.domain.promotions.goods import Good, goods_of
from agent.domain.promotions.offered import Lack, Phase, Why
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.priced import (
    Allocation,
    Applied,
    NotApplied,
    Priced,
    PricedLine,
)
from agent.domain.promotions.scope import Article
from agent.domain.promotions.search import BUDGET, Found, search
from agent.domain.promotions.spread import spread
from agent.domain.promotions.state import Use


def price(
    basket: Sequence[Line],
    book: Prepared,
    context: Context,
    *,
    articles: Mapping[str, Article] | None = None,
    budget: int = BUDGET,
) -> Priced:
    """Return what `basket` costs: the best legal combination of the book's promotions for the
    customer, then what was changed by hand, then the rounding. Pure and deterministic.

    `articles`: categories and brands of what is in the basket, by sku; None: those of the book.
    `budget`: offers to reckon at most; past it the best found is taken, never worse than the best
    single promotion, and `complete` is False.
    """
    goods = goods_of(basket, book.articles if articles is None else articles)
    candidates, others = candidates_of(goods, book, context)
    found = search(goods, candidates, book, budget)
    bill = _Bill(basket)
    applied = [_applied(use) for use in found.state.uses]
    for use in found.state.uses:
        bill.take_use(use, goods)
    refused, takings = by_hand(basket, bill.net, context.by_hand, book.book.by_hand)
    rules = book.book
    takings += rounded(basket, bill.after(takings), rules.round_down_to_fen, rules.rounding_mode)
    for taken in takings:
        bill.take(taken)
        applied.append(_by_people(taken))
    return bill.priced(applied, (*_reasons(found, context), *others), refused, found)


@dataclass
class _Bill:
    """The lines while sums are taken off them."""

    basket: Sequence[Line]

    def __post_init__(self) -> None:
        self.net = [line.amount_fen for line in self.basket]
        self.shares: list[list[Allocation]] = [[] for _ in self.basket]

    def take_use(self, use: Use, goods: Sequence[Good]) -> None:
        """Spread what a promotion took off each good over the lines of it."""
        for good, fen in use.off:
            places = goods[good].places
            for place, share in zip(
                places, spread(fen, [self.net[place] for place in places]), strict=True
            ):
                self._take(place, share, use.candidate.promotion.id, use.candidate.coupon_id)

    def take(self, taken: Taken) -> None:
        """Take off each line what was given by hand."""
        for place, fen in enumerate(taken.off):
            self._take(place, fen, taken.promotion, None)

    def after(self, takings: Sequence[Taken]) -> list[int]:
        """Return what `takings` would leave of the lines."""
        return [
            net - sum(taken.off[place] for taken in takings) for place, net in enumerate(self.net)
        ]

    def _take(self, place: int, fen: int, promotion: str, coupon: str | None) -> None:
        if fen:
            self.net[place] -= fen
            self.shares[place].append(Allocation(promotion=promotion, fen=fen, coupon=coupon))

    def priced(
        self,
        applied: Sequence[Applied],
        not_applied: Sequence[NotApplied],
        refused: tuple[int, ...],
        found: Found,
    ) -> Priced:
        """Return the answer."""
        total = sum(line.amount_fen for line in self.basket)
        payable = sum(self.net)
        return Priced(
            total_fen=total,
            discount_fen=total - payable,
            payable_fen=payable,
            lines=tuple(
                PricedLine(
                    sku=line.sku,
                    quantity=line.quantity,
                    amount_fen=line.amount_fen,
                    net_fen=net,
                    allocations=tuple(shares),
                )
                for line, net, shares in zip(self.basket, self.net, self.shares, strict=True)
            ),
            applied=tuple(applied),
            not_applied=tuple(sorted(not_applied, key=_by_id)),
            refused_by_hand=refused,
            complete=found.complete,
            steps=found.steps,
        )


def _by_id(one: NotApplied) -> tuple[str, str]:
    return one.promotion, one.coupon or ""


def _applied(use: Use) -> Applied:
    promotion = use.candidate.promotion
    return Applied(
        promotion=promotion.id,
        name=promotion.name,
        fen=use.fen,
        coupon=use.candidate.coupon_id,
        times=use.times,
        by_line=use.candidate.phase <= Phase.PIECES,
    )


def _by_people(taken: Taken) -> Applied:
    return Applied(
        promotion=taken.promotion, name=taken.name, fen=sum(taken.off), by_line=taken.by_line
    )


def _reasons(found: Found, context: Context) -> list[NotApplied]:
    used = [use.candidate for use in found.state.uses]
    return [
        one.not_applied(_reason(one, used, found)) for one in found.candidates if one not in used
    ]


def _reason(one: Candidate, used: Sequence[Candidate], found: Found) -> Lack:
    """What the basket lacks, else beside what it may not stand, else that others are better."""
    now = found.offer(one)
    if one.lack is not None:
        return now if isinstance(now, Lack) and now.why is one.lack.why else one.lack
    beside = [other.promotion.id for other in used if conflicts(one, other)]
    if beside:
        return Lack(Why.NOT_STACKABLE, {"beside": sorted(set(beside))})
    if not found.fits(one):
        coupons = {other.promotion.id for other in used if other.coupon is not None}
        return Lack(Why.NOT_STACKABLE, {"beside": sorted(coupons)})
    lacking = isinstance(now, Lack) and now.why in (Why.MIN_SPEND_NOT_MET, Why.NEEDS_OTHER_COUPON)
    if isinstance(now, Lack) and lacking and one.phase > Phase.PIECES:
        return now
    return Lack(Why.BETTER_WITHOUT)
