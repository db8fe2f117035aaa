"""Phase 2: which promotions take which pieces."""

from collections.abc import Sequence

from agent.domain.promotions.best import Best, Combination, OverBudgetError, Work
from agent.domain.promotions.bound import bound
from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.effects.kind import alike_times
from agent.domain.promotions.offered import Given
from agent.domain.promotions.order import Order
from agent.domain.promotions.slots import Slots
from agent.domain.promotions.state import State, Untouched, after, free_pieces, offered

_DEPTH = 300
"""Applications in one sequence at most: baskets beyond it count as over the budget."""


class Pieces:
    """The promotions of pieces that come into question for one basket."""

    def __init__(
        self,
        basket: Untouched,
        candidates: Sequence[Candidate],
        order: Order,
        slots: Slots,
        work: Work,
    ) -> None:
        self._basket, self._order, self._slots, self._work = basket, order, slots, work
        self._all = candidates

    def search(self, state: State, best: Best) -> None:
        """Keep the best way to go on after `state` in `best`. Raises OverBudgetError."""
        if not self._all:
            self._order.search(state, best)
            return
        usable = [one for one in self._all if self._may(one, state)]
        must = [one for one in usable if one.promotion.stacking.mandatory and one.forced]
        for one in must:
            state = self.all_applications(one, state)
        rest = [one for one in usable if one not in must]
        for one in rest:
            if one.forced and not self._is_contested(one, rest):
                state = self.all_applications(one, state)
        rest = [one for one in rest if not one.forced or self._is_contested(one, rest)]
        if rest:
            self._greedily(state, rest, best)
        self._sequences(state, rest, best, set(), 0)

    def alone(self, one: Candidate, state: State) -> Combination:
        """Return one promotion by itself, as often as it may be applied."""
        found = self.all_applications(one, state)
        return Combination(found.gain, found, ())

    def all_applications(self, one: Candidate, state: State) -> State:
        """Return `state` after a promotion is applied as often as it may be."""
        times = one.times
        while times > 0:
            given = self._offer(one, state)
            if given is None:
                break
            alike = 1
            if not one.is_once and one.place not in self._basket.sharing:
                free = free_pieces(self._basket, one, state)
                alike = min(times, alike_times(given, free))
            state = after(self._basket, one, state, given, alike)
            times -= alike
        return state

    def _is_contested(self, one: Candidate, rest: Sequence[Candidate]) -> bool:
        return any(other is not one and one.wants & other.wants for other in rest)

    def _greedily(self, state: State, rest: Sequence[Candidate], best: Best) -> None:
        """A first combination, so that the bound has something to be held against."""
        for one in sorted(rest, key=lambda one: (-one.most, one.place)):
            if self._may(one, state):
                state = self.all_applications(one, state)
        self._order.search(state, best)

    def _sequences(
        self,
        state: State,
        rest: Sequence[Candidate],
        best: Best,
        seen: set[tuple[object, ...]],
        depth: int,
    ) -> None:
        """Every way in which applications follow one another, each taking the dearest pieces that
        are free."""
        if depth > _DEPTH:
            raise OverBudgetError
        times = tuple([(use.candidate.place, use.times) for use in state.uses])
        key = (state.left, state.taken, times)
        if key in seen:
            return
        seen.add(key)
        if state.gain + self._bound(rest, state) < best.gain:
            return
        for one in rest:
            if self._may_again(one, state) and (given := self._offer(one, state)):
                more = after(self._basket, one, state, given, 1)
                self._sequences(more, rest, best, seen, depth + 1)
        self._order.search(state, best)

    def _bound(self, rest: Sequence[Candidate], state: State) -> int:
        taken = [use.candidate for use in state.uses]
        used = {use.candidate.place: use.fen for use in state.uses}
        free = self._slots.free(taken)
        return bound(rest, state.blocked, free, used) + self._order.bound(0, state.blocked, free)

    def _may(self, one: Candidate, state: State) -> bool:
        if state.blocked & one.bit:
            return False
        return self._slots.fits(one, [use.candidate for use in state.uses])

    def _may_again(self, one: Candidate, state: State) -> bool:
        for use in state.uses:
            if use.candidate is one:
                return use.times < one.times
        return self._may(one, state)

    def _offer(self, one: Candidate, state: State) -> Given | None:
        self._work.step()
        given = offered(self._basket, one, state)
        return given if isinstance(given, Given) and (given.fen or given.worth_nothing) else None
