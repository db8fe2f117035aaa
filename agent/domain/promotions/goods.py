"""Goods: the pieces of a basket that are alike, wherever they were scanned.

Everything is reckoned on goods and only then told to the lines, so that neither the order of the
lines nor three lines of one piece in place of one line of three changes what is paid.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agent.domain.basket import Line, piece_fen
from agent.domain.promotions.scope import Article


class Good(NamedTuple):
    """Pieces of one article at one price."""

    sku: str
    price_fen: int
    """Of one piece before any promotion, rounded down."""
    weighed: bool
    quantity: int
    amount_fen: int
    article: Article
    places: tuple[int, ...]
    """Of its lines in the basket, from 0."""


def goods_of(lines: Sequence[Line], articles: Mapping[str, Article]) -> tuple[Good, ...]:
    """Return the goods of a basket, by article and price."""
    places: dict[tuple[str, int, bool, tuple[int, int]], list[int]] = {}
    for place, line in enumerate(lines):
        if line.quantity > 0:
            places.setdefault(_kind(line), []).append(place)
    return tuple(
        Good(
            sku=key[0],
            price_fen=key[1],
            weighed=key[2],
            quantity=sum(lines[place].quantity for place in found),
            amount_fen=sum(lines[place].amount_fen for place in found),
            article=articles.get(key[0]) or Article(sku=key[0]),
            places=tuple(found),
        )
        for key, found in sorted(places.items())
    )


def _kind(line: Line) -> tuple[str, int, bool, tuple[int, int]]:
    """A line whose sum is no whole number of fen a piece is alike only to another such line."""
    price_fen = piece_fen(line)
    odd = line.amount_fen != price_fen * line.quantity
    return (
        line.sku,
        price_fen,
        line.weight_g is not None,
        (line.amount_fen, line.quantity) if odd else (0, 0),
    )
