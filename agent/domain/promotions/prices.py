"""Phase 1: which special prices are taken, the lowest of each piece."""

from collections.abc import Iterator, Sequence

from agent.domain.promotions.best import Combination, OverBudgetError
from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.goods import Goods
from agent.domain.promotions.slots import Slots
from agent.domain.promotions.state import State, Use

_DEPTH = 300
"""Special prices to choose from at most: baskets beyond it count as over the budget."""


class Prices:
    """The special prices that come into question for one basket."""

    def __init__(self, goods: Goods, candidates: Sequence[Candidate], slots: Slots) -> None:
        self._goods, self._slots = goods, slots
        self._all = candidates
        self._choices = [one for one in candidates if not one.forced]

    def states(self, start: State) -> Iterator[State]:
        """Return each way to choose special prices. Raises OverBudgetError."""
        if not self._all:
            yield start
            return
        if len(self._choices) > _DEPTH:
            raise OverBudgetError
        for left_out in self._subsets(self._choices, start.blocked, ()):
            yield self.priced(start, [one for one in self._all if one not in left_out])

    def alone(self, one: Candidate, start: State) -> Combination:
        """Return one special price by itself."""
        state = self.priced(start, [one])
        return Combination(state.gain, state, ())

    def _subsets(
        self, rest: Sequence[Candidate], blocked: int, chosen: tuple[Candidate, ...]
    ) -> Iterator[tuple[Candidate, ...]]:
        """Return the choices to be left out."""
        if not rest:
            yield tuple(one for one in self._choices if one not in chosen)
            return
        one = rest[0]
        if not blocked & one.bit and self._slots.fits(one, chosen):
            yield from self._subsets(rest[1:], blocked | one.conflicts, (*chosen, one))
        yield from self._subsets(rest[1:], blocked, chosen)

    def priced(self, state: State, chosen: Sequence[Candidate]) -> State:
        """Of several special prices the lowest counts; of equal ones, one that costs no coupon."""
        lowest: dict[int, tuple[int, bool, int]] = {}
        for one in chosen:
            if state.blocked & one.bit:
                continue
            for good, fen in one.off:
                key = (-fen, one.coupon is not None, one.place)
                if good not in lowest or key < lowest[good]:
                    lowest[good] = key
        left, price = list(state.left), list(state.price)
        off: dict[int, list[tuple[int, int]]] = {}
        for good, (less, _, place) in sorted(lowest.items()):
            off.setdefault(place, []).append((good, -less))
            left[good] += less
            price[good] = left[good] // self._goods.quantity[good]
        uses, blocked = [], state.blocked
        for one in chosen:
            if shares := off.get(one.place):
                uses.append(Use(one, sum([fen for _, fen in shares]), tuple(shares)))
                blocked |= one.conflicts
        gain = state.gain + sum(use.fen for use in uses)
        return State(tuple(left), tuple(price), state.taken, tuple(uses), blocked, gain)
