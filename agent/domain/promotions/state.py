"""A basket amid the calculation: what was taken off, which pieces are used up, what comes next."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.offered import Given, Phase, View
from agent.domain.promotions.promotion import Stage


class Untouched(NamedTuple):
    """The basket before any promotion."""

    quantity: tuple[int, ...]
    amounts: tuple[int, ...]
    price: tuple[int, ...]
    weighed: tuple[bool, ...]
    sharing: Mapping[int, int]
    """Place of each candidate that shares pieces -> its row in `State.taken`."""


class Use(NamedTuple):
    """One promotion on the basket: all its applications together."""

    candidate: Candidate
    fen: int
    off: tuple[tuple[int, int], ...]
    """(good, fen) each."""
    times: int = 1
    worth_nothing: bool = False


class State(NamedTuple):
    """A basket amid the calculation."""

    left: tuple[int, ...]
    price: tuple[int, ...]
    goods: tuple[int, ...]
    """Of each good after phases 1 and 2, as far as they have come."""
    taken: tuple[tuple[int, ...], ...]
    """Pieces used up: by promotions that share none, then by each one that does."""
    uses: tuple[Use, ...]
    blocked: int
    """Bits of the candidates that may not be taken any more."""
    gain: int


def key_of(state: State) -> tuple[object, ...]:
    """Return by what combinations are compared, the lower the better: what is paid, then fewest
    coupons, those that end first, lowest face value, fewest promotions, ids."""
    uses = state.uses
    coupons = [use.candidate for use in uses if use.candidate.coupon is not None]
    return (
        -state.gain,
        -sum(use.worth_nothing for use in uses),
        len(coupons),
        sorted(_ends(one) for one in coupons),
        sum(one.most for one in coupons),
        len(uses),
        sorted((use.candidate.promotion.id, use.candidate.coupon_id or "") for use in uses),
        [use.off for use in uses],
    )


def view_of(basket: Untouched, one: Candidate, state: State) -> View:
    """Return what a promotion sees at its turn."""
    promotion = one.promotion
    pieces: Sequence[int] = one.pieces
    groups: Sequence[Sequence[int]] = one.groups
    free: Sequence[int] = basket.quantity
    if one.phase is Phase.PIECES:
        free = free_pieces(basket, one, state)
        if state.price != basket.price:
            price = state.price
            pieces = sorted(pieces, key=lambda at: (-price[at], at))
            groups = [sorted(group, key=lambda at: (-price[at], at)) for group in groups]
    early = one.phase <= Phase.PIECES
    return View(
        one.scope,
        pieces,
        state.price,
        state.left,
        free,
        basket.quantity,
        _stage(promotion.minimum_on, basket, state, early=early),
        _stage(promotion.reckoned_on, basket, state, early=early),
        basket.weighed,
        groups,
    )


def _stage(stage: Stage, basket: Untouched, state: State, *, early: bool) -> Sequence[int]:
    if stage is Stage.LIST:
        return basket.amounts
    if stage is Stage.LEFT:
        return state.left
    if early:
        return _after_prices(basket, state)
    return state.goods


def _after_prices(basket: Untouched, state: State) -> Sequence[int]:
    if state.price == basket.price:
        return basket.amounts
    left = list(basket.amounts)
    for use in state.uses:
        if use.candidate.phase is Phase.PRICE:
            for good, fen in use.off:
                left[good] -= fen
    return left


def free_pieces(basket: Untouched, one: Candidate, state: State) -> list[int]:
    """Pieces that no other promotion has: one that shares may take what others that share took."""
    row = basket.sharing.get(one.place, 0)
    alone = state.taken[0] if state.taken else ()
    if row:
        own = state.taken[row]
        return [q - x - t for q, x, t in zip(basket.quantity, alone, own, strict=True)]
    shared = state.taken[1:]
    free = [q - x for q, x in zip(basket.quantity, alone, strict=True)]
    if shared:
        most = [max(counts) for counts in zip(*shared, strict=True)]
        free = [there - gone for there, gone in zip(free, most, strict=True)]
    return free


def many(given: Given, times: int) -> Given:
    if times == 1:
        return given
    return Given(
        given.fen * times,
        [(good, fen * times) for good, fen in given.off],
        [(good, pieces * times) for good, pieces in given.takes],
        given.worth_nothing,
    )


def with_use(uses: tuple[Use, ...], one: Candidate, given: Given, times: int) -> tuple[Use, ...]:
    for at, use in enumerate(uses):
        if use.candidate is one:
            off = dict(use.off)
            for good, fen in given.off:
                off[good] = off.get(good, 0) + fen
            merged = Use(
                one,
                use.fen + given.fen,
                tuple(sorted(off.items())),
                use.times + times,
                use.worth_nothing and given.worth_nothing,
            )
            return (*uses[:at], merged, *uses[at + 1 :])
    off_pairs = tuple(pair for pair in given.off if pair[1])
    return (*uses, Use(one, given.fen, off_pairs, times, given.worth_nothing))


def taken_in(state: State) -> list[Candidate]:
    return [use.candidate for use in state.uses]


def _ends(one: Candidate) -> str:
    ends = one.coupon.ends.isoformat() if one.coupon and one.coupon.ends else None
    return ends or one.promotion.when.ends or "9999"
