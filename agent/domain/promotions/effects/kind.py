"""What all kinds of effect have in common."""

from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from agent.domain.money import MAX_FEN
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why
from agent.domain.promotions.scope import Scope
from agent.domain.promotions.spread import spread

PayBp = Annotated[
    int, Meta(ge=0, le=9_999, description="What is paid, in 1/10,000: 9折 = 9000, free = 0.")
]
Count = Annotated[int, Meta(ge=1, le=999)]
Fen = Annotated[int, Meta(ge=1, le=MAX_FEN, description="Amount in fen (1 yuan = 100 fen).")]


MAX_TIMES = 2_000_000
"""More applications than the pieces of any basket allow."""


class Kind(Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """An effect that names no further scope and whose figures can't contradict each other."""

    phase: ClassVar[Phase]

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """None."""
        return ()

    @property
    def minima(self) -> tuple[int, ...]:
        """None."""
        return ()

    def mistakes(self) -> list[tuple[str, str, dict[str, Any]]]:
        """None."""
        return []


class OfferKind(Kind, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An effect on single articles (phases 1 and 2): an offer is one application of it."""

    once: ClassVar[bool] = True
    """Whether it is applied once on an order unless the promotion says how often."""
    takes_own_scope: ClassVar[bool] = True
    """Whether the pieces that it uses up are of the promotion's own scope, too."""

    def offer(self, view: View) -> Given | Lack:
        """Return one application on what `view` shows. Pure."""
        raise NotImplementedError

    def most(self, view: View) -> int:
        """Return a bound, in fen, of all that it could take off: never too low."""
        offered = self.offer(view)
        return offered.fen if isinstance(offered, Given) else 0


class SumKind(Kind, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An effect on the order (phases 3 to 5): a sum off all goods of its scope together.

    It names the sum; how it lies on the goods is the same for all of them.
    """

    is_share: ClassVar[bool] = False
    """Whether the sum is a share of a price."""
    counts_pieces: ClassVar[bool] = False
    """Whether the number of pieces in scope matters."""

    def off(self, counted_fen: int, base_fen: int, pieces: int) -> int:
        """Return the sum, 0: none. `counted_fen`: what counts for a minimum; `base_fen`: what a
        percentage is taken of. It never grows when they shrink. Pure."""
        raise NotImplementedError

    def lack(self, counted_fen: int, pieces: int) -> Lack:
        """Return why it names no sum, and what is missing. Pure."""
        raise NotImplementedError

    def face(self, base_fen: int) -> int:
        """Return the most that it could ever take off goods of `base_fen`."""
        raise NotImplementedError


def short_of(min_fen: int, counted_fen: int, gain: dict[str, Any]) -> Lack | None:
    """Return what `counted_fen` lacks to `min_fen`, with what it would bring; None: enough."""
    if counted_fen >= min_fen:
        return None
    detail = {"min_fen": min_fen, "short_fen": min_fen - counted_fen, **gain}
    return Lack(Why.MIN_SPEND_NOT_MET, detail)


def dearest(
    count: int, pieces: Any, free: Any, skip: dict[int, int] | None = None
) -> dict[int, int] | None:
    """Return {good: pieces} of the `count` dearest that are free; None: there are not so many."""
    taken: dict[int, int] = {}
    for good in pieces:
        there = free[good] - (skip.get(good, 0) if skip else 0)
        if there > 0:
            take = there if there < count else count
            taken[good] = take
            count -= take
            if not count:
                return taken
    return None


def count_free(pieces: Any, free: Any) -> int:
    """Return how many pieces are free."""
    return sum(free[good] for good in pieces)


def off_pieces(fen: int, taken: dict[int, int], view: View) -> Given | Lack:
    """Take `fen` off a set of pieces, spread over all of them by their prices."""
    goods = sorted(taken)
    weights = [view.price[good] * taken[good] for good in goods]
    fen = min(fen, sum(weights))
    if fen <= 0:
        return Lack(Why.NOTHING_OFF)
    off = spread(fen, weights)
    held = [(good, min(share, view.left[good])) for good, share in zip(goods, off, strict=True)]
    fen = sum(share for _, share in held)
    if fen <= 0:
        return Lack(Why.NOTHING_OFF)
    return Given(fen, held, tuple(taken.items()))


def repeated(effect: Any, view: View, times: int) -> int:
    """Return what `effect` takes off a whole basket when no other promotion is in its way."""
    free, left, total = list(view.free), list(view.left), 0
    while times > 0:
        given = effect.offer(view._replace(free=free, left=left))
        if isinstance(given, Lack) or not given.takes:
            break
        alike = min(times, alike_times(given, free))
        total += given.fen * alike
        for good, fen in given.off:
            left[good] -= fen * alike
        for good, pieces in given.takes:
            free[good] -= pieces * alike
        times -= alike
    return total


def alike_times(given: Given, free: Any) -> int:
    """Return how often the very same pieces can be taken: the next offers are alike till then."""
    return min((free[good] // pieces for good, pieces in given.takes), default=1)
