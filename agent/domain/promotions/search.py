"""The search for the best legal combination, within a budget of steps.

Phases are fixed, so the search is over what is taken, never over the order of phases: special
prices, then which applications of phase 2 take which pieces, then which order-level promotions.
What nothing can be in the way of is simply taken; the rest is branched over, and a branch is left
when a bound that is never too low says that it can't win.

Over 400 lines: bound, steps and branches of a search share its state; a faster one will part them.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.domain.promotions.candidates import Candidate, conflicts, fits
from agent.domain.promotions.effects.kind import alike_times
from agent.domain.promotions.goods import Good
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.promotion import Stage
from agent.domain.promotions.state import (
    State,
    Untouched,
    Use,
    free_pieces,
    key_of,
    many,
    taken_in,
    view_of,
    with_use,
)

BUDGET = 3_000
"""Offers reckoned for one basket, unless the caller says another number: tenths of a second."""

_DEPTH = 300
"""Applications in one sequence at most: baskets beyond it count as over the budget."""


class Found(NamedTuple):
    """The best combination."""

    state: State
    candidates: tuple[Candidate, ...]
    complete: bool
    steps: int
    searched: "_Search"

    def offer(self, one: Candidate) -> Given | Lack:
        """Return what a candidate that was not taken finds at the end."""
        self.searched.budget = self.searched.steps + 1
        return self.searched._offer(one, self.state)  # its own module

    def fits(self, one: Candidate) -> bool:
        """Whether the counts of coupons allow one more."""
        return fits(one, taken_in(self.state), self.searched.book)


class OverBudgetError(Exception):
    """The budget is used up; the best so far is known."""


def search(
    goods: Sequence[Good], candidates: Sequence[Candidate], book: Prepared, budget: int = BUDGET
) -> Found:
    """Return the best legal combination of `candidates` on `goods`. Pure and deterministic."""
    return _Search(goods, candidates, book, budget).run()


class _Search:
    def __init__(
        self,
        goods: Sequence[Good],
        candidates: Sequence[Candidate],
        book: Prepared,
        budget: int,
    ) -> None:
        self.book, self.budget, self.steps = book, budget, 0
        self.quantity = tuple(good.quantity for good in goods)
        self.amounts = tuple(good.amount_fen for good in goods)
        price = tuple(good.price_fen for good in goods)
        zero = (0,) * len(goods)
        self.sharing: dict[int, int] = {}
        weighed = tuple(good.weighed for good in goods)
        self.basket = Untouched(self.quantity, self.amounts, price, weighed, self.sharing)
        self.start = State(self.amounts, price, self.amounts, (zero,), (), 0, 0)
        self.all = tuple(candidates)
        self.live = self._live(candidates)
        self.start = self.start._replace(
            taken=(zero,) * (1 + len(set(self.sharing.values()))), blocked=self._dead()
        )
        self._link()
        self.best: State | None = None
        self.best_key: tuple[object, ...] = ()

    # What comes into question

    def _live(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        live = []
        rows: dict[str, int] = {}
        for one in candidates:
            view = self._view(one, self.start)
            offered = one.promotion.effect.offer(view)
            if isinstance(offered, Lack):
                one.lack = offered
                continue
            one.view, one.most = view, self._most(one, view)
            if one.promotion.stacking.shares_pieces and one.phase is Phase.PIECES:
                row = rows.setdefault(one.promotion.id, len(rows) + 1)
                self.sharing[one.place] = row
            live.append(one)
        return live

    def _most(self, one: Candidate, view: View) -> int:
        most = one.promotion.effect.most(view)
        return min(most, sum(self.amounts))

    def _dead(self) -> int:
        alive = {one.place for one in self.live}
        return sum(1 << one.place for one in self.all if one.place not in alive)

    def _link(self) -> None:
        live = self.live
        for at, one in enumerate(live):
            for other in live[:at]:
                if conflicts(one, other):
                    one.conflicts |= 1 << other.place
                    other.conflicts |= 1 << one.place
        self.bits = sum(1 << one.place for one in live)
        coupons = [one for one in live if one.coupon is not None]
        self.scarce = 0
        if not self._all_fit(coupons):
            self.scarce = sum(1 << one.place for one in coupons)
        self.prices = [one for one in live if one.phase is Phase.PRICE]
        self.piecewise = [one for one in live if one.phase is Phase.PIECES]
        self.order = [one for one in live if one.phase > Phase.PIECES]
        self.mandatory = [one for one in live if one.promotion.stacking.mandatory]
        self.risky = self._risky()

    def _all_fit(self, coupons: Sequence[Candidate]) -> bool:
        return all(fits(one, coupons[:at], self.book) for at, one in enumerate(coupons))

    def _risky(self) -> int:
        """Bits of those that could cost another one more than they give: by a minimum that is then
        missed, or by a sum that no longer fits under what is left."""
        risky = 0
        for one in self.live:
            scope = set(one.scope)
            others = [
                other
                for other in self.live
                if other is not one
                and other.phase <= one.phase
                and not other.touches.isdisjoint(scope)
            ]
            if not others:
                continue
            early = others
            if one.promotion.minimum_on is Stage.GOODS:
                early = [other for other in others if other.phase <= Phase.PIECES]
            if self._may_miss(one, early):
                risky |= _bits(early)
            if self._may_not_fit(one, others):
                risky |= _bits(others)
        return risky

    def _may_miss(self, one: Candidate, others: Sequence[Candidate]) -> bool:
        """Whether others may bring what counts for a minimum of it from above to below."""
        stage, view = one.promotion.minimum_on, one.view
        if stage is Stage.LIST or view is None:
            return False
        high = sum(view.counted[good] for good in one.scope)
        own = one.most if one.phase is Phase.PIECES else 0
        low = high - own - sum(other.most for other in others)
        return bool(others) and any(low < least <= high for least in one.promotion.effect.minima)

    def _may_not_fit(self, one: Candidate, others: Sequence[Candidate]) -> bool:
        """Whether what it gives may be more than others leave."""
        if one.phase <= Phase.PIECES:
            return False
        if one.phase is Phase.PERCENT and one.promotion.reckoned_on is Stage.LEFT:
            return False
        there = sum(self.amounts[good] for good in one.scope)
        return one.most > there - sum(other.most for other in others)

    # The search itself

    def run(self) -> Found:
        start = self._take_mandatory(self.start)
        complete = True
        try:
            for state in self._prices(start):
                self._pieces(state)
        except OverBudgetError:
            complete = False
            self._singles(start)
        if self.best is None:
            self.best = start
        return Found(self.best, self.all, complete, self.steps, self)

    def _take_mandatory(self, state: State) -> State:
        """Mandatory ones shut others out before anything is searched; they are applied in order."""
        kept: list[Candidate] = []
        for one in self.mandatory:
            shut = any(one.conflicts >> other.place & 1 for other in kept)
            if not shut and fits(one, kept, self.book):
                kept.append(one)
        self.must = sum(1 << one.place for one in kept)
        blocked = state.blocked
        for one in kept:
            blocked |= one.conflicts
        return state._replace(blocked=blocked & ~self.must)

    def _prices(self, state: State) -> Iterator[State]:
        """Each way to choose special prices, the lowest price of each piece first."""
        free = [one for one in self.prices if self._is_free(one)]
        choices = [one for one in self.prices if one not in free]
        if len(choices) > _DEPTH:
            raise OverBudgetError
        for chosen in self._subsets(choices, state, ()):
            yield self._priced(state, sorted((*free, *chosen), key=lambda one: one.place))

    def _subsets(
        self, rest: Sequence[Candidate], state: State, chosen: tuple[Candidate, ...]
    ) -> Iterator[tuple[Candidate, ...]]:
        if not rest:
            yield chosen
            return
        one = rest[0]
        if self._may(one, state.blocked, chosen):
            blocked = state._replace(blocked=state.blocked | one.conflicts)
            yield from self._subsets(rest[1:], blocked, (*chosen, one))
        if not self.must >> one.place & 1 or state.blocked >> one.place & 1:
            yield from self._subsets(rest[1:], state, chosen)

    def _priced(self, state: State, chosen: Sequence[Candidate]) -> State:
        """Of several special prices the lowest counts; of equal ones, one that costs no coupon."""
        if not chosen:
            return state
        offers: dict[int, tuple[tuple[int, bool, int], Candidate]] = {}
        for one in chosen:
            if state.blocked >> one.place & 1:
                continue
            given = self._offer(one, self.start)
            for good, fen in given.off if isinstance(given, Given) else ():
                key = (-fen, one.coupon is not None, one.place)
                if good not in offers or key < offers[good][0]:
                    offers[good] = (key, one)
        left, price = list(state.left), list(state.price)
        off: dict[int, list[tuple[int, int]]] = {}
        for good, (key, one) in sorted(offers.items()):
            off.setdefault(one.place, []).append((good, -key[0]))
            left[good] += key[0]
            price[good] = left[good] // self.quantity[good]
        uses, blocked, gain = [], state.blocked, 0
        for one in chosen:
            if shares := off.get(one.place):
                fen = sum(share for _, share in shares)
                uses.append(Use(one, fen, tuple(shares)))
                blocked |= one.conflicts
                gain += fen
        return State(
            tuple(left), tuple(price), tuple(left), state.taken, tuple(uses), blocked, gain
        )

    def _pieces(self, state: State) -> None:
        """Every way in which applications of phase 2 follow one another, each taking the dearest
        pieces that are free."""
        usable = [one for one in self.piecewise if self._may(one, state.blocked, taken_in(state))]
        must = [one for one in usable if self.must >> one.place & 1]
        for one in must:
            state = self._all_applications(one, state)
        rest = [one for one in usable if one not in must]
        free = [one for one in rest if self._is_free(one) and not self._is_contested(one, rest)]
        for one in free:
            state = self._all_applications(one, state)
        rest = [one for one in rest if one not in free]
        if rest:
            self._greedily(state, rest)
        self._sequences(state, rest, set())

    def _greedily(self, state: State, rest: Sequence[Candidate]) -> None:
        """A first combination, so that the bound has something to be held against."""
        for one in sorted(rest, key=lambda one: (-one.most, one.place)):
            if self._may(one, state.blocked, taken_in(state)):
                state = self._all_applications(one, state)
        self._order(state, 0)

    def _sequences(
        self, state: State, rest: Sequence[Candidate], seen: set[tuple[object, ...]], depth: int = 0
    ) -> None:
        if depth > _DEPTH:
            raise OverBudgetError
        times = tuple((use.candidate.place, use.times) for use in state.uses)
        key = (state.left, state.taken, times)
        if key in seen:
            return
        seen.add(key)
        bound = state.gain + self._bound(rest, state) + self._bound(self.order, state)
        if self.best is not None and bound < self.best.gain:
            return
        for one in rest:
            if self._may_again(one, state):
                after = self._apply(one, state)
                if after is not None:
                    self._sequences(after, rest, seen, depth + 1)
        self._order(state, 0)

    def _order(self, state: State, at: int, depth: int = 0) -> None:
        """Every legal choice of order-level promotions, more of them first."""
        if depth > _DEPTH:
            self._keep(state)
            raise OverBudgetError
        while at < len(self.order):
            one = self.order[at]
            at += 1
            if state.blocked >> one.place & 1 or not self._may(one, state.blocked, taken_in(state)):
                continue
            bound = state.gain + self._bound(self.order[at - 1 :], state)
            if self.best is not None and bound < self.best.gain:
                return
            after = self._apply(one, state)
            if after is None:
                continue
            forced = self.must >> one.place & 1 or self._is_free(one)
            if not forced:
                self._order(after, at, depth + 1)
            else:
                state = after
                continue
        self._keep(state)

    def _singles(self, start: State) -> None:
        """The best single promotion, which no answer is worse than."""
        self.budget = sys.maxsize  # a few offers each
        for one in self.live:
            if start.blocked >> one.place & 1:
                continue
            if one.phase is Phase.PRICE:
                self._keep(self._priced(start, [one]))
            elif one.phase is Phase.PIECES:
                self._keep(self._all_applications(one, start))
            elif (after := self._apply(one, start)) is not None:
                self._keep(after)

    # Steps

    def _is_free(self, one: Candidate) -> bool:
        """Whether taking it can be in no other's way."""
        if (self.risky | self.scarce) >> one.place & 1:
            return False
        return not one.conflicts & self.bits

    def _is_contested(self, one: Candidate, rest: Sequence[Candidate]) -> bool:
        return any(other is not one and not one.wants.isdisjoint(other.wants) for other in rest)

    def _may(self, one: Candidate, blocked: int, taken: Sequence[Candidate]) -> bool:
        return not blocked >> one.place & 1 and fits(one, taken, self.book)

    def _may_again(self, one: Candidate, state: State) -> bool:
        for use in state.uses:
            if use.candidate is one:
                return use.times < one.times
        return self._may(one, state.blocked, taken_in(state))

    def _all_applications(self, one: Candidate, state: State) -> State:
        times = one.times
        while times > 0:
            given = self._offer(one, state)
            if isinstance(given, Lack) or (not given.fen and not given.worth_nothing):
                break
            alike = 1
            if not one.promotion.effect.once and one.place not in self.sharing:
                alike = min(times, alike_times(given, free_pieces(self.basket, one, state)))
            state = self._after(one, state, many(given, alike), alike)
            times -= alike
        return state

    def _apply(self, one: Candidate, state: State) -> State | None:
        given = self._offer(one, state)
        if isinstance(given, Lack) or (not given.fen and not given.worth_nothing):
            return None
        return self._after(one, state, given, 1)

    def _after(self, one: Candidate, state: State, given: Given, times: int) -> State:
        left, taken = list(state.left), state.taken
        for good, fen in given.off:
            left[good] -= fen
        after = tuple(left)
        if given.takes:
            row = self.sharing.get(one.place, 0)
            pieces = list(taken[row])
            for good, count in given.takes:
                pieces[good] += count
            taken = (*taken[:row], tuple(pieces), *taken[row + 1 :])
        goods = after if one.phase is Phase.PIECES else state.goods
        return State(
            after,
            state.price,
            goods,
            taken,
            with_use(state.uses, one, given, times),
            state.blocked | one.conflicts,
            state.gain + given.fen,
        )

    def _offer(self, one: Candidate, state: State) -> Given | Lack:
        self.steps += 1
        if self.steps > self.budget:
            raise OverBudgetError
        wanted = one.promotion.when.with_coupon
        if wanted is not None and not any(
            use.candidate.coupon is not None and use.candidate.coupon.channel is wanted
            for use in state.uses
        ):
            return Lack(Why.NEEDS_OTHER_COUPON, {"channel": wanted.value})
        return one.promotion.effect.offer(self._view(one, state))

    def _view(self, one: Candidate, state: State) -> View:
        return view_of(self.basket, one, state)

    def _bound(self, rest: Sequence[Candidate], state: State) -> int:
        """Never less than what `rest` can still take off: the best coupons that fit, of each group
        that shuts itself out the best one, and all others."""
        total, coupons = 0, []
        groups: dict[str, int] = {}
        used = {use.candidate.place: use.fen for use in state.uses}
        for one in rest:
            if state.blocked >> one.place & 1:
                continue
            group = one.promotion.stacking.group
            if one.place in used:
                total += max(one.most - used[one.place], 0)
            elif one.coupon is not None:
                coupons.append(one.most)
            elif group:
                groups[group] = max(groups.get(group, 0), one.most)
            else:
                total += one.most
        if coupons:
            slots = self.book.book.coupons.in_all - sum(
                use.candidate.coupon is not None for use in state.uses
            )
            coupons.sort(reverse=True)
            total += sum(coupons[: max(slots, 0)])
        return total + sum(groups.values())

    def _keep(self, state: State) -> None:
        if self.best is not None and state.gain < self.best.gain:
            return
        key = key_of(state)
        if self.best is None or key < self.best_key:
            self.best, self.best_key = state, key


def _bits(candidates: Sequence[Candidate]) -> int:
    return sum(1 << one.place for one in candidates)
