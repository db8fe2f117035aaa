"""The best combination so far, and by what combinations are compared."""

from typing import NamedTuple

from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.state import State


class OverBudgetError(Exception):
    """The budget is used up; the best so far is known."""


class Work:
    """Steps of the search, within a budget."""

    def __init__(self, budget: int) -> None:
        self.steps = 0
        self.budget = budget

    def step(self) -> None:
        """One more offer is reckoned. Raises OverBudgetError."""
        self.steps += 1
        if self.steps > self.budget:
            raise OverBudgetError


class Combination(NamedTuple):
    """What is taken: phases 1 and 2 as a state, then sums off the order."""

    gain: int
    """In fen."""
    state: State
    sums: tuple[tuple[Candidate, int], ...]
    """(candidate, fen) in the order of calculation."""

    @property
    def taken(self) -> list[Candidate]:
        """All that are taken."""
        return [*(use.candidate for use in self.state.uses), *(one for one, _ in self.sums)]


class Best:
    """The best combination so far."""

    def __init__(self) -> None:
        self.gain = -1
        self.combination: Combination | None = None

    def keep(self, found: Combination) -> None:
        """Take `found` when it is better; keys are only made where both are worth the same."""
        if found.gain < self.gain:
            return
        best = self.combination
        if best is None or found.gain > self.gain or key_of(found) < key_of(best):
            self.combination, self.gain = found, found.gain


def key_of(found: Combination) -> tuple[object, ...]:
    """Return by what combinations are compared, the lower the better: what is paid, then fewest
    coupons, those that end first, lowest face value, fewest promotions, ids."""
    taken = found.taken
    coupons = [one for one in taken if one.coupon is not None]
    return (
        -found.gain,
        -sum(use.worth_nothing for use in found.state.uses),
        len(coupons),
        sorted(one.ends for one in coupons),
        sum(_face(one) for one in coupons),
        len(taken),
        sorted((one.promotion.id, one.coupon_id or "") for one in taken),
        [use.off for use in found.state.uses],
    )


def _face(one: Candidate) -> int:
    sums = one.ready.sums
    return one.most if sums is None else sums.face(one.there)
