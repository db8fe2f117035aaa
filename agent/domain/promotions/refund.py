"""What pieces of a sale with promotions give back.

Each piece gives back its own share of what was paid for its line: equal shares, cumulative, so
that the last piece settles the line. Any sequence of refunds sums to what was paid. A promotion
that says `recalculate` is reckoned anew for what is kept: what it no longer earns is taken off
the refund, as far as that reaches; the rest stays a claim on later refunds, never on the customer.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.promotions.book import Book
from agent.domain.promotions.context import Context
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.priced import Priced
from agent.domain.promotions.promotion import PartialReturn, Promotion


class Returned(Struct, frozen=True, kw_only=True):
    """What one refund gives back."""

    shares: dict[int, int]
    """Fen by place: each piece's own share of what was paid."""
    refunded_fen: int
    """Σ shares less what is taken for conditions that no longer hold; never below 0."""
    taken_fen: int
    """Σ shares − refunded; below 0 when a later refund gives back what an earlier one took."""
    claim_fen: int = 0
    """What is still to be taken from later refunds."""
    failed: tuple[str, ...] = ()
    """Promotions that what is kept no longer earns as it was given."""


class NotLeftError(ValueError):
    """More pieces were asked for than are left."""

    def __init__(self, place: int, left: int) -> None:
        super().__init__(f"of line {place} there are {left} pieces left to give back")
        self.place = place
        self.left = left


def refund_shares(
    basket: Sequence[Line],
    priced: Priced,
    wanted: Mapping[int, int],
    *,
    back: Mapping[int, int] | None = None,
    given_fen: int = 0,
    book: Prepared,
    context: Context,
) -> Returned:
    """Return what `wanted` pieces (by place) of a sale give back.

    `back`, `given_fen`: pieces and money that came back before. `book`, `context`: the sale's own,
    of its own time; only promotions that were applied are reckoned anew. Raises NotLeftError.
    """
    before = dict(back or {})
    shares: dict[int, int] = {}
    after = dict(before)
    for place, quantity in sorted(wanted.items()):
        gone = before.get(place, 0)
        left = (basket[place].quantity if 0 <= place < len(basket) else 0) - gone
        if not 0 < quantity <= left:
            raise NotLeftError(place, left)
        after[place] = gone + quantity
        shares[place] = _share(basket, priced, place, after[place]) - _share(
            basket, priced, place, gone
        )
    failed, claim = _unearned(basket, priced, after, book, context)
    due = sum(_share(basket, priced, place, gone) for place, gone in after.items()) - claim
    refunded = max(due - given_fen, 0)
    return Returned(
        shares=shares,
        refunded_fen=refunded,
        taken_fen=sum(shares.values()) - refunded,
        claim_fen=max(given_fen - due, 0),
        failed=failed,
    )


def _share(basket: Sequence[Line], priced: Priced, place: int, pieces: int) -> int:
    """What the first `pieces` pieces of a line give back together."""
    quantity = basket[place].quantity
    return priced.lines[place].net_fen * pieces // quantity if quantity else 0


def _unearned(
    basket: Sequence[Line],
    priced: Priced,
    back: Mapping[int, int],
    book: Prepared,
    context: Context,
) -> tuple[tuple[str, ...], int]:
    """Return which promotions to be recalculated what is kept no longer earns, and how much."""
    applied = {one.promotion for one in priced.applied}
    own = [one for one in book.book.promotions if one.id in applied]
    asked = [one for one in own if one.partial_return is PartialReturn.RECALCULATE]
    kept = _kept(basket, back)
    if not asked or not kept:
        return (), 0
    anew = price(tuple(kept.values()), Prepared(_of(book.book, own)), context)
    earned = _by_promotion(anew)
    failed, claim = [], 0
    for one in asked:
        share = sum(
            _kept_share(basket, priced, place, back.get(place, 0), one.id) for place in kept
        )
        short = share - earned.get(one.id, 0)
        if short > _rounding(kept) and _steps_down(one, anew, priced):
            failed.append(one.id)
            claim += short
    return tuple(failed), claim


def _kept(basket: Sequence[Line], back: Mapping[int, int]) -> dict[int, Line]:
    kept = {}
    for place, line in enumerate(basket):
        left = line.quantity - back.get(place, 0)
        if left > 0:
            amount = line.amount_fen - line.amount_fen * back.get(place, 0) // line.quantity
            kept[place] = replace(line, quantity=left, amount_fen=amount)
    return kept


def _of(book: Book, promotions: Sequence[Promotion]) -> Book:
    return replace(book, promotions=tuple(promotions), examples=(), round_down_to_fen=0)


def _by_promotion(priced: Priced) -> dict[str, int]:
    fen: dict[str, int] = {}
    for one in priced.applied:
        fen[one.promotion] = fen.get(one.promotion, 0) + one.fen
    return fen


def _kept_share(
    basket: Sequence[Line], priced: Priced, place: int, gone: int, promotion: str
) -> int:
    fen = sum(one.fen for one in priced.lines[place].allocations if one.promotion == promotion)
    return fen - fen * gone // basket[place].quantity


def _rounding(kept: Mapping[int, Line]) -> int:
    """Shares and what is reckoned anew may differ by a fen a line with every condition kept."""
    return len(kept)


def _steps_down(one: Promotion, anew: Priced, priced: Priced) -> bool:
    """Whether a condition of it failed, or a lower step remains: a sum that only shrank with the
    goods it lay on is no such thing."""
    return bool(one.effect.minima) or not any(use.promotion == one.id for use in anew.applied)
