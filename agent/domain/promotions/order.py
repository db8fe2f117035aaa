"""Phases 3 to 5: which sums are taken off the order, once phases 1 and 2 are settled.

What nothing can be in the way of is simply taken; the rest is branched over, and a branch is left
when a bound that is never too low says that it can't win. How a sum lies on the goods is reckoned
only where a later one depends on it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agent.domain.promotions.best import Best, Combination, OverBudgetError, Work
from agent.domain.promotions.bound import bound
from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.goods import Goods
from agent.domain.promotions.promotion import Stage
from agent.domain.promotions.slots import Free, Slots
from agent.domain.promotions.spread import spread
from agent.domain.promotions.state import State
from agent.domain.promotions.twins import without_worse

_DEPTH = 300
"""Choices in one sequence at most: baskets beyond it count as over the budget."""

Sums = tuple[tuple[Candidate, int], ...]


class Order:
    """The sums off one basket that come into question."""

    def __init__(
        self, goods: Goods, candidates: Sequence[Candidate], slots: Slots, work: Work
    ) -> None:
        self._goods, self._slots, self._work = goods, slots, work
        candidates = without_worse(candidates)
        self._all = candidates
        self._matters = _matters(candidates)
        self._choices = [one for one in candidates if not one.forced]
        self._first_choice = [0]
        """By place in `candidates`: how many choices come before it."""
        self._forced_from = [sum([one.most for one in candidates if one.forced])]
        for one in candidates:
            self._first_choice.append(self._first_choice[-1] + (not one.forced))
            self._forced_from.append(self._forced_from[-1] - one.forced * one.most)

    def bound(self, at: int, blocked: int, free: Free) -> int:
        """Return a sum that candidates from `at` on do not exceed."""
        rest = self._choices[self._first_choice[at] :]
        if not rest:
            return self._forced_from[at]
        return self._forced_from[at] + bound(rest, blocked, free)

    def search(self, state: State, best: Best) -> None:
        """Keep the best choice of sums after `state` in `best`. Raises OverBudgetError."""
        self._settled(state)
        self._best = best
        free = self._slots.free(self._before)
        self._go(0, _Branch(state.left, state.gain, state.blocked, 0, free, ()), 0)

    def alone(self, one: Candidate, state: State) -> Combination:
        """Return what one candidate takes off by itself."""
        self._settled(state)
        fen = self._offer(one, state.left, ())
        return Combination(state.gain + fen, state, ((one, fen),) if fen else ())

    def _settled(self, state: State) -> None:
        self._state = state
        self._is_untouched = state.left is self._goods.amounts
        self._before = [use.candidate for use in state.uses]

    def _go(self, at: int, branch: "_Branch", depth: int) -> None:
        """Every choice from `at` on, more of them first."""
        left, gain, blocked, taken, free, sums = branch
        if depth > _DEPTH:
            self._best.keep(Combination(gain, self._state, sums))
            raise OverBudgetError
        for place in range(at, len(self._all)):
            one = self._all[place]
            if blocked & one.bit or not (one.forced or self._fits(one, free, sums)):
                continue
            fen = self._offer(one, left, sums)
            if not fen:
                continue
            after = less(left, one.scope, fen) if self._matters[place] else left
            if one.forced:
                left, gain, sums = after, gain + fen, (*sums, (one, fen))
                blocked |= one.conflicts
                continue
            taking = _Branch(
                after,
                gain + fen,
                blocked | one.conflicts,
                taken | one.bit,
                free.without(one),
                (*sums, (one, fen)),
            )
            if self._may_win(place + 1, taking):
                self._go(place + 1, taking, depth + 1)
            if one.worse & taken:
                return
            blocked |= one.worse
            if not self._may_win(place + 1, _Branch(left, gain, blocked, taken, free, sums)):
                return
        self._best.keep(Combination(gain, self._state, sums))

    def _may_win(self, at: int, branch: "_Branch") -> bool:
        missing = self._best.gain - branch.gain
        if self.bound(at, branch.blocked, branch.free) < missing:
            return False
        return missing <= 0 or self._bound_now(at, branch) >= missing

    def _bound_now(self, at: int, branch: "_Branch") -> int:
        """The bound with each share reckoned on what is left now, which only shrinks."""
        rest, now = self._all[at:], {}
        for one in rest:
            if one.ready.scales and one.ready.sums is not None:
                left = self._goods.sum_of(branch.left, one.scope)
                now[one.place] = one.ready.sums.off(one.there, left, one.count)
        return bound(rest, branch.blocked, branch.free, now=now)

    def _fits(self, one: Candidate, free: Free, sums: Sums) -> bool:
        if one.promotion.limits.per_order is None or one.coupon is None:
            return free.fits(one)
        return self._slots.fits(one, [*self._before, *[other for other, _ in sums]])

    def _offer(self, one: Candidate, left: Sequence[int], sums: Sums) -> int:
        """What a candidate takes off its scope when its turn comes, 0: nothing."""
        self._work.step()
        if one.promotion.when.with_coupon is not None and not has_coupon(
            one, [*self._before, *[other for other, _ in sums]]
        ):
            return 0
        if self._is_untouched and not one.reads_left:
            return one.most
        settled = self._state.left
        goods = one.there if self._is_untouched else self._goods.sum_of(settled, one.scope)
        remaining = goods
        if left is not settled and one.reads_left:
            remaining = self._goods.sum_of(left, one.scope)
        return sum_of(one, goods, remaining)


class _Branch(NamedTuple):
    """What was taken so far, and what may be taken yet."""

    left: Sequence[int]
    """Of each good, as far as later sums depend on it."""
    gain: int
    blocked: int
    """Bits of those that may not be taken any more."""
    taken: int
    """Bits of the choices that are."""
    free: Free
    sums: Sums


def sum_of(one: Candidate, goods: int, left: int) -> int:
    """Return what a candidate takes off its scope, 0: nothing. `goods`, `left`: what the scope
    comes to after phases 1 and 2, and when its turn comes."""
    sums = one.ready.sums
    if sums is None:
        return 0
    counted, base = one.promotion.minimum_on, one.promotion.reckoned_on
    fen = sums.off(
        goods if counted is Stage.GOODS else left if counted is Stage.LEFT else one.there,
        left if base is Stage.LEFT else goods if base is Stage.GOODS else one.there,
        one.count,
    )
    return left if one.is_cut and left < fen else fen


def less(left: Sequence[int], scope: Sequence[int], fen: int) -> list[int]:
    """Return what is left of each good after `fen` is taken off a scope."""
    after = list(left)
    for at, share in zip(scope, spread(fen, [left[at] for at in scope]), strict=True):
        after[at] -= share
    return after


def has_coupon(one: Candidate, taken: Iterable[Candidate]) -> bool:
    """Whether the coupon is used beside which alone it stands, if it asks for one."""
    wanted = one.promotion.when.with_coupon
    return wanted is None or any(
        other.coupon is not None and other.coupon.channel is wanted for other in taken
    )


def _matters(candidates: Sequence[Candidate]) -> list[bool]:
    """By place: whether a later candidate depends on what is left of the goods of this one."""
    read, found = 0, []
    for one in reversed(candidates):
        found.append(bool(one.goods & read))
        if one.reads_left:
            read |= one.goods
    found.reverse()
    return found
