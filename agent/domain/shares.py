"""Shares of sales that do not say them: what each line bore of the discounts on it."""

from collections.abc import Iterable

from msgspec import Struct

from agent.domain.basket import Line


class Discount(Struct, frozen=True, kw_only=True):
    """What one coupon took off a basket."""

    fen: int
    skus: tuple[str, ...] = ()
    """Articles that it was for; empty means all."""


def net_of_lines(lines: tuple[Line, ...], discounts: Iterable[Discount]) -> list[int]:
    """Return what was paid for each line: its price less its share of each discount, in fen.

    A discount is shared in proportion to what is left of the prices of its articles; a remainder of
    single fen goes to the largest fractions. What does not fit there falls on all lines.
    """
    net = [line.amount_fen for line in lines]
    for discount in discounts:
        rest = discount.fen - _take(net, _places(lines, discount.skus), discount.fen)
        _take(net, range(len(lines)), rest)
    return net


def _places(lines: tuple[Line, ...], skus: tuple[str, ...]) -> list[int]:
    return [place for place, line in enumerate(lines) if not skus or line.sku in skus]


def _take(net: list[int], places: Iterable[int], fen: int) -> int:
    """Take `fen` off the lines at `places`, as far as they hold it; return what was taken."""
    places = [place for place in places if net[place] > 0]
    there = sum(net[place] for place in places)
    taken = min(fen, there)
    if not taken:
        return 0
    shares = {place: divmod(net[place] * taken, there) for place in places}
    short = taken - sum(share for share, _ in shares.values())
    largest = sorted(places, key=lambda place: (-shares[place][1], place))[:short]
    for place in places:
        net[place] -= shares[place][0] + (place in largest)
    return taken
