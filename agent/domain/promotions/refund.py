"""What the pieces that a customer keeps do not earn any more.

A promotion that says `recalculate` is reckoned anew for what is kept, by the sale's own promotions,
time, prices and member alone. What it gave these pieces and would not give them now is taken off
the refund; `keep` takes nothing off.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.promotions.book import Book, CouponRules
from agent.domain.promotions.context import Context
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.promotion import PartialReturn, Promotion
from agent.domain.promotions.scope import Article

_LEGAL_THEN = CouponRules(in_all=20, online=20, offline=20)
"""The coupons of the sale stood together by the rules of its day."""


class Earned(Struct, frozen=True, kw_only=True):
    """What the promotions of a sale took off, and by what."""

    lines: tuple[Line, ...]
    shares: Mapping[str, Mapping[int, int]]
    """Fen by promotion and place of the line."""
    promotions: tuple[Promotion, ...]
    """All that were applied."""
    articles: tuple[Article, ...] = ()
    """Of its lines, as far as scopes ask for more than their numbers."""
    context: Context
    """Of the sale."""

    @property
    def recalculated(self) -> tuple[str, ...]:
        """The promotions that a partial return is reckoned anew by; in whatever order they came."""
        asked = PartialReturn.RECALCULATE
        return tuple(sorted(one.id for one in self.promotions if one.partial_return is asked))


def unearned(earned: Earned, back: Mapping[int, int]) -> dict[str, int]:
    """Return by promotion the fen that what is kept does not earn any more, after `back` pieces by
    place; nothing when everything is back. Never more than all promotions together fall short."""
    kept = _kept(earned.lines, back)
    if not earned.recalculated or not kept:
        return {}
    anew = _anew(earned, tuple(kept.values()))
    gave = {
        one: sum(_of_kept(earned, shares, place, back) for place in kept)
        for one, shares in earned.shares.items()
    }
    short_fen = max(sum(gave.values()) - sum(anew.values()), 0)
    found: dict[str, int] = {}
    for one in earned.recalculated:
        fen = gave.get(one, 0) - anew.get(one, 0)
        if fen > len(kept):  # shares may differ by a fen a line with every condition kept
            found[one] = min(fen, short_fen)
            short_fen -= found[one]
    return {one: fen for one, fen in found.items() if fen}


def _anew(earned: Earned, kept: Sequence[Line]) -> dict[str, int]:
    """What the sale's own promotions take off the lines that are kept."""
    book = Book(promotions=earned.promotions, coupons=_LEGAL_THEN, articles=earned.articles)
    fen: dict[str, int] = {}
    for one in price(kept, Prepared(book), replace(earned.context, by_hand=())).applied:
        fen[one.promotion] = fen.get(one.promotion, 0) + one.fen
    return fen


def _kept(lines: Sequence[Line], back: Mapping[int, int]) -> dict[int, Line]:
    kept = {}
    for place, line in enumerate(lines):
        left = line.quantity - back.get(place, 0)
        if left > 0:
            amount = line.amount_fen - line.amount_fen * back.get(place, 0) // line.quantity
            kept[place] = replace(line, quantity=left, amount_fen=amount)
    return kept


def _of_kept(earned: Earned, shares: Mapping[int, int], place: int, back: Mapping[int, int]) -> int:
    fen = shares.get(place, 0)
    return fen - fen * back.get(place, 0) // earned.lines[place].quantity
