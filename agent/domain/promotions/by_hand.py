"""What people take off after all promotions, and 抹零: the payable sum rounded down."""

from collections.abc import Sequence
from typing import NamedTuple

from agent.domain.basket import Line
from agent.domain.promotions.book import ByHandRules, RoundingMode
from agent.domain.promotions.context import ByHand, HandKind
from agent.domain.promotions.priced import BY_HAND, ROUNDING
from agent.domain.promotions.spread import spread


class Taken(NamedTuple):
    """What was taken off each line."""

    promotion: str
    name: str
    off: list[int]
    """Fen by line."""
    by_line: bool = False
    """It was given on one line."""


def by_hand(
    basket: Sequence[Line], net: Sequence[int], wanted: Sequence[ByHand], rules: ByHandRules
) -> tuple[tuple[int, ...], list[Taken]]:
    """Return which of `wanted` need a supervisor and have none, and what the others take off.

    What was given by hand before on the same pieces counts: small discounts do not add up unseen.
    """
    left, refused, takings = list(net), [], []
    for at, one in enumerate(wanted):
        places = range(len(left)) if one.line is None else [one.line]
        if any(not 0 <= place < len(left) for place in places):
            refused.append(at)
            continue
        there = sum(left[place] for place in places)
        fen = min(one.fen, there)
        if one.kind is HandKind.PRICE:
            pieces = sum(basket[place].quantity for place in places)
            fen = max(there - one.fen * pieces, 0) if one.line is not None else 0
        whole = sum(net[place] for place in places)
        given = whole - there + fen
        if given * 10_000 > whole * rules.supervisor_above_bp and not one.approved:
            refused.append(at)
        elif fen:
            off = _off_lines(basket, left, fen, places)
            left = [there - share for there, share in zip(left, off, strict=True)]
            takings.append(Taken(BY_HAND, one.reason, off, by_line=one.line is not None))
    return tuple(refused), takings


def rounded(
    basket: Sequence[Line], net: Sequence[int], to_fen: int, mode: RoundingMode
) -> list[Taken]:
    """Return what rounding the sum of `net` to a multiple of `to_fen` takes off, or adds to it."""
    fen = sum(net) % to_fen if to_fen else 0
    if not fen:
        return []
    room = [line.amount_fen - left for line, left in zip(basket, net, strict=True)]
    more = to_fen - fen
    if mode is RoundingMode.HALF and fen * 2 >= to_fen and more <= sum(room):
        added = _off_lines(basket, room, more, range(len(net)))
        return [Taken(ROUNDING, "四舍五入", [-share for share in added])]
    return [Taken(ROUNDING, "抹零", _off_lines(basket, net, fen, range(len(net))))]


def _off_lines(
    basket: Sequence[Line], net: Sequence[int], fen: int, places: Sequence[int]
) -> list[int]:
    """Ties go to the first line by article and price, wherever it was scanned."""
    order = sorted(places, key=lambda at: (basket[at].sku, basket[at].unit_price_fen, at))
    off = [0] * len(net)
    for place, share in zip(order, spread(fen, [net[place] for place in order]), strict=True):
        off[place] = share
    return off
