"""What a basket costs by a price book, line by line, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from agent.domain.basket import Line
from agent.domain.promotions.by_hand import Taken, by_hand, rounded
from agent.domain.promotions.candidates import Asked, candidates_of
from agent.domain.promotions.context import Context
from agent.domain.promotions.goods import Goods, goods_of
from agent.domain.promotions.offered import Phase
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.priced import (
    Allocation,
    Applied,
    NotApplied,
    Priced,
    PricedLine,
)
from agent.domain.promotions.reasons import reasons
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
    goods = goods_of(basket)
    asked = candidates_of(goods, book, context, articles)
    found = search(goods, asked.candidates, book.book.coupons, budget)
    bill = _Bill(basket)
    applied = [_applied(use) for use in found.uses]
    for at, use in enumerate(found.uses):
        bill.take_use(use, goods, at)
    refused, takings = by_hand(basket, bill.net, context.by_hand, book.book.by_hand)
    rules = book.book
    takings += rounded(basket, bill.after(takings), rules.round_down_to_fen, rules.rounding_mode)
    for taken in takings:
        bill.take(taken, len(applied))
        applied.append(_by_people(taken))
    return bill.priced(applied, _not_applied(asked, found), refused, found)


@dataclass
class _Bill:
    """The lines while sums are taken off them."""

    basket: Sequence[Line]

    def __post_init__(self) -> None:
        self.net = [line.amount_fen for line in self.basket]
        self.shares: list[list[Allocation]] = [[] for _ in self.basket]

    def take_use(self, use: Use, goods: Goods, at: int) -> None:
        """Spread what a promotion took off each good over the lines of it."""
        promotion, coupon = use.candidate.promotion.id, use.candidate.coupon_id
        for good, fen in use.off:
            places = goods.places[good]
            if len(places) == 1:
                self._take(places[0], fen, promotion, coupon, at)
                continue
            off = spread(fen, [self.net[place] for place in places])
            for place, share in zip(places, off, strict=True):
                self._take(place, share, promotion, coupon, at)

    def take(self, taken: Taken, at: int) -> None:
        """Take off each line what was given by hand."""
        for place, fen in enumerate(taken.off):
            self._take(place, fen, taken.promotion, None, at)

    def after(self, takings: Sequence[Taken]) -> list[int]:
        """Return what `takings` would leave of the lines."""
        return [
            net - sum(taken.off[place] for taken in takings) for place, net in enumerate(self.net)
        ]

    def _take(self, place: int, fen: int, promotion: str, coupon: str | None, use: int) -> None:
        if fen:
            self.net[place] -= fen
            self.shares[place].append(
                Allocation(promotion=promotion, fen=fen, coupon=coupon, use=use)
            )

    def priced(
        self,
        applied: Sequence[Applied],
        not_applied: tuple[NotApplied, ...],
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
            not_applied=not_applied,
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


def _not_applied(asked: Asked, found: Found) -> tuple[NotApplied, ...]:
    """By promotion, then by coupon."""
    others = asked.others
    for one, reason in reasons(asked.candidates, found):
        alike = (*others[one.ready.rank], reason)
        others[one.ready.rank] = alike if len(alike) == 1 else tuple(sorted(alike, key=_by_id))
    told = tuple(chain.from_iterable(others))
    return tuple(sorted((*told, *asked.unknown), key=_by_id)) if asked.unknown else told
