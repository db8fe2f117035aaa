"""A basket amid phases 1 and 2: what was taken off, which pieces are used up, what comes next."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.goods import Goods
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why
from agent.domain.promotions.promotion import Stage


class Untouched(NamedTuple):
    """The basket before any promotion."""

    goods: Goods
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
    """Of each good's price, in fen."""
    price: tuple[int, ...]
    """Of one piece of each good after phase 1, in fen."""
    taken: tuple[tuple[int, ...], ...]
    """Pieces used up: by promotions that share none, then by each one that does."""
    uses: tuple[Use, ...]
    blocked: int
    """Bits of the candidates that may not be taken any more."""
    gain: int


def offered(basket: Untouched, one: Candidate, state: State) -> Given | Lack:
    """Return what a promotion of phase 1 or 2 offers at its turn."""
    if one.ready.offers is None:
        return Lack(Why.NO_MATCHING_ITEM)
    return one.ready.offers.offer(view_of(basket, one, state))


def view_of(basket: Untouched, one: Candidate, state: State) -> View:
    """Return what a promotion of phase 1 or 2 sees at its turn."""
    promotion, goods = one.promotion, basket.goods
    pieces: Sequence[int] = one.pieces
    groups: Sequence[Sequence[int]] = one.groups
    free: Sequence[int] = goods.quantity
    if state.uses and one.phase is Phase.PIECES:
        free = free_pieces(basket, one, state)
        if state.price != goods.price:
            price = state.price
            pieces = sorted(pieces, key=lambda at: (-price[at], at))
            groups = [sorted(group, key=lambda at: (-price[at], at)) for group in groups]
    return View(
        one.scope,
        pieces,
        state.price,
        state.left,
        free,
        goods.quantity,
        _stage(promotion.minimum_on, goods, state),
        goods.weighed,
        groups,
    )


def _stage(stage: Stage, goods: Goods, state: State) -> Sequence[int]:
    if stage is Stage.LIST:
        return goods.amounts
    if stage is Stage.LEFT:
        return state.left
    return _after_prices(goods, state)


def _after_prices(goods: Goods, state: State) -> Sequence[int]:
    if state.price == goods.price:
        return goods.amounts
    left = list(goods.amounts)
    for use in state.uses:
        if use.candidate.phase is Phase.PRICE:
            for good, fen in use.off:
                left[good] -= fen
    return left


def free_pieces(basket: Untouched, one: Candidate, state: State) -> list[int]:
    """Pieces that no other promotion has: one that shares may take what others that share took."""
    quantity = basket.goods.quantity
    row = basket.sharing.get(one.place, 0)
    alone = state.taken[0]
    if row:
        own = state.taken[row]
        return [q - x - t for q, x, t in zip(quantity, alone, own, strict=True)]
    shared = state.taken[1:]
    free = [q - x for q, x in zip(quantity, alone, strict=True)]
    if shared:
        most = [max(counts) for counts in zip(*shared, strict=True)]
        free = [there - gone for there, gone in zip(free, most, strict=True)]
    return free


def after(basket: Untouched, one: Candidate, state: State, given: Given, times: int) -> State:
    """Return the basket after `times` applications that are alike."""
    left, taken = list(state.left), state.taken
    for good, fen in given.off:
        left[good] -= fen * times
    if given.takes:
        row = basket.sharing.get(one.place, 0)
        pieces = list(taken[row])
        for good, count in given.takes:
            pieces[good] += count * times
        taken = (*taken[:row], tuple(pieces), *taken[row + 1 :])
    return State(
        tuple(left),
        state.price,
        taken,
        _with_use(state.uses, one, given, times),
        state.blocked | one.conflicts,
        state.gain + given.fen * times,
    )


def _with_use(uses: tuple[Use, ...], one: Candidate, given: Given, times: int) -> tuple[Use, ...]:
    before = Use(one, 0, (), 0, worth_nothing=True)
    place = len(uses)
    for at, use in enumerate(uses):
        if use.candidate is one:
            before, place = use, at
    off = dict(before.off)
    for good, fen in given.off:
        if fen:
            off[good] = off.get(good, 0) + fen * times
    use = Use(
        one,
        before.fen + given.fen * times,
        tuple(sorted(off.items())),
        before.times + times,
        before.worth_nothing and given.worth_nothing,
    )
    return (*uses[:place], use, *uses[place + 1 :])
