"""The search for the best legal combination, within a budget of steps.

Phases are fixed, so the search is over what is taken, never over the order of phases: special
prices, then which applications of phase 2 take which pieces, then which sums off the order.
"""

import sys
from collections.abc import Sequence
from typing import NamedTuple

from agent.domain.promotions.best import Best, Combination, OverBudgetError, Work
from agent.domain.promotions.book import CouponRules
from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.goods import Goods
from agent.domain.promotions.interplay import settle
from agent.domain.promotions.offered import Given, Phase
from agent.domain.promotions.order import Order
from agent.domain.promotions.pieces import Pieces
from agent.domain.promotions.prices import Prices
from agent.domain.promotions.slots import Slots
from agent.domain.promotions.spread import spread
from agent.domain.promotions.state import State, Untouched, Use, view_of

BUDGET = 1_000
"""Offers reckoned for one basket, unless the caller says another number: hundredths of a second;
five promotions take 70 at most, and for a thousand more than 1,000 found nothing better."""


class Found(NamedTuple):
    """The best combination, and all that is needed to say why the others were not taken."""

    uses: tuple[Use, ...]
    basket: Untouched
    state: State
    """After phases 1 and 2."""
    left: Sequence[int]
    """Of each good in the end."""
    slots: Slots
    complete: bool
    steps: int

    @property
    def touched(self) -> int:
        """Bits of the goods of which phases 1 and 2 took something off."""
        found = 0
        for use in self.state.uses:
            for at, _ in use.off:
                found |= 1 << at
        return found


def search(
    goods: Goods, candidates: Sequence[Candidate], rules: CouponRules, budget: int = BUDGET
) -> Found:
    """Return the best legal combination of `candidates` on `goods`. Pure and deterministic."""
    return _Search(goods, candidates, rules, budget).run()


class _Search:
    def __init__(
        self, goods: Goods, candidates: Sequence[Candidate], rules: CouponRules, budget: int
    ) -> None:
        self.goods, self.work, self.slots = goods, Work(budget), Slots(rules)
        self.basket = Untouched(goods, {})
        zero = (0,) * len(goods.sku)
        self.start = State(goods.amounts, goods.price, (zero,), (), 0, 0)
        live = [one for one in candidates if self._is_live(one)]
        self._share_pieces(live, zero)
        settle(goods, live, self.slots)
        self._take_mandatory(live)
        prices = [one for one in live if one.phase is Phase.PRICE]
        pieces = [one for one in live if one.phase is Phase.PIECES]
        order = live[len(prices) + len(pieces) :]
        self.order = Order(goods, order, self.slots, self.work)
        self.pieces = Pieces(self.basket, pieces, self.order, self.slots, self.work)
        self.prices = Prices(goods, prices, self.slots)
        self.live, self.best = live, Best()

    def _is_live(self, one: Candidate) -> bool:
        """Whether it gives anything on the untouched basket; what it lacks is said later."""
        if one.ready.sums is not None:
            fen = one.ready.sums.off(one.there, one.there, one.count)
            one.most, one.is_cut = min(fen, one.there), fen > one.there
            one.reads_left = one.is_cut or one.ready.reads_left
            return one.most > 0
        if one.ready.offers is not None:
            view = view_of(self.basket, one, self.start)
            given = one.ready.offers.offer(view)
            if isinstance(given, Given):
                one.most, one.off = given.fen, given.off
                if one.phase is Phase.PIECES:
                    one.most = min(one.ready.offers.most(view), sum(self.goods.amounts))
                return True
            one.lack = given
        return False

    def _share_pieces(self, live: Sequence[Candidate], zero: tuple[int, ...]) -> None:
        rows: dict[int, int] = {}
        sharing = {}
        for one in live:
            if one.promotion.stacking.shares_pieces and one.phase is Phase.PIECES:
                sharing[one.place] = rows.setdefault(one.ready.place, len(rows) + 1)
        if rows:
            self.basket = Untouched(self.goods, sharing)
            self.start = self.start._replace(taken=(zero,) * (1 + len(rows)))

    def _take_mandatory(self, live: Sequence[Candidate]) -> None:
        """Mandatory ones shut others out before anything is searched; they are applied in order."""
        kept: list[Candidate] = []
        blocked = 0
        for one in live:
            if not one.promotion.stacking.mandatory or blocked & one.bit:
                continue
            if self.slots.fits(one, kept):
                kept.append(one)
                blocked |= one.conflicts
        for one in kept:
            one.forced = True
        self.slots.reserved = [one for one in kept if one.coupon is not None]
        self.start = self.start._replace(blocked=blocked)

    def run(self) -> Found:
        complete = True
        try:
            for state in self.prices.states(self.start):
                self.pieces.search(state, self.best)
        except OverBudgetError:
            complete = False
            self._singles()
        return self._found(self.best.combination or Combination(0, self.start, ()), complete)

    def _singles(self) -> None:
        """The best single promotion, which no answer is worse than."""
        self.work.budget = sys.maxsize  # a few offers each
        for one in self.live:
            if self.start.blocked & one.bit:
                continue
            if one.phase is Phase.PRICE:
                self.best.keep(self.prices.alone(one, self.start))
            elif one.phase is Phase.PIECES:
                self.best.keep(self.pieces.alone(one, self.start))
            else:
                self.best.keep(self.order.alone(one, self.start))

    def _found(self, best: Combination, complete: bool) -> Found:
        left = list(best.state.left)
        uses = list(best.state.uses)
        for one, fen in best.sums:
            scope = one.scope
            off = spread(fen, [left[at] for at in scope])
            for at, share in zip(scope, off, strict=True):
                left[at] -= share
            pairs = [pair for pair in zip(scope, off, strict=True) if pair[1]]
            uses.append(Use(one, fen, tuple(pairs)))
        return Found(
            tuple(uses), self.basket, best.state, left, self.slots, complete, self.work.steps
        )
