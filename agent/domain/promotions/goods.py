"""Goods: the pieces of a basket that are alike, wherever they were scanned.

Everything is reckoned on goods and only then told to the lines, so that neither the order of the
lines nor three lines of one piece in place of one line of three changes what is paid.
"""

from collections.abc import Sequence
from typing import NamedTuple

from agent.domain.basket import Line


class Goods(NamedTuple):
    """A basket by article and price, a column each: a good is a place in every one of them."""

    sku: tuple[str, ...]
    price: tuple[int, ...]
    """Of one piece before any promotion, in fen, rounded down."""
    weighed: tuple[bool, ...]
    quantity: tuple[int, ...]
    amounts: tuple[int, ...]
    """Before any promotion, in fen."""
    places: tuple[tuple[int, ...], ...]
    """Of the lines in the basket, from 0."""

    def sum_of(self, fen: Sequence[int], scope: Sequence[int]) -> int:
        """Return the sum of some goods in a column."""
        return sum(fen) if len(scope) == len(fen) else sum([fen[at] for at in scope])

    def bits_of(self, scope: Sequence[int]) -> int:
        """Return a bit for each of some goods."""
        if len(scope) == len(self.sku):
            return (1 << len(scope)) - 1
        return sum([1 << at for at in scope])


_Alike = tuple[int, int, tuple[int, ...]]
"""Pieces, fen, places of the lines."""
_WHOLE_FEN = (0, 0)
_NONE = Goods((), (), (), (), (), ())


def goods_of(lines: Sequence[Line]) -> Goods:
    """Return the goods of a basket, by article and price."""
    found: dict[tuple[str, int, bool, tuple[int, int]], _Alike] = {}
    for place, line in enumerate(lines):
        quantity = line.quantity
        if quantity > 0:
            amount = line.amount_fen
            price = amount // quantity
            # a sum that is no whole number of fen a piece is alike only to another such line
            odd = _WHOLE_FEN if amount == price * quantity else (amount, quantity)
            kind = (line.sku, price, line.weight_g is not None, odd)
            if kind in found:
                before = found[kind]
                found[kind] = (before[0] + quantity, before[1] + amount, (*before[2], place))
            else:
                found[kind] = (quantity, amount, (place,))
    if not found:
        return _NONE
    skus, prices, weighed, _ = zip(*(kinds := sorted(found)), strict=True)
    quantities, amounts, places = zip(*[found[kind] for kind in kinds], strict=True)
    return Goods(skus, prices, weighed, quantities, amounts, places)
