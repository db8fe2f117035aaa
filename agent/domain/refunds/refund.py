"""Refunds: what of a sale may still come back, and what is given for it.

A line gives back its own share of what was paid: equal shares, cumulative, so that its last piece
settles it. What is kept may not earn a promotion any more: that is taken off the refund, as far as
it reaches; the rest stays a claim on later refunds, never on the customer. Pieces come back in any
number of refunds; together these give exactly what was paid, to the fen.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from agent.domain.basket import Line, points_earned
from agent.domain.promotions.refund import Earned, unearned


class Bought(Struct, frozen=True, kw_only=True):
    """A sale as far as a refund needs it."""

    lines: tuple[Line, ...]
    net_fen: tuple[int, ...]
    """Paid for each line."""
    payable_fen: int
    points_earned: int
    points_back: int | None = None
    """What earlier refunds took from the member; None: as by the rule of today."""
    earned: Earned | None = None
    """What its promotions took off; None: no partial return takes anything off."""


class Back(Struct, frozen=True, kw_only=True):
    """Pieces of the line at `place` (from 0) that came back, and their own share of what was
    paid."""

    place: int
    quantity: int
    amount_fen: int


class Reckoned(Struct, frozen=True, kw_only=True):
    """What one refund gives back."""

    lines: tuple[Back, ...]
    refunded_fen: int
    """Σ lines − Σ taken; never below 0."""
    points_back: int
    whole: bool
    """Nothing of the sale is left after it."""
    taken: Mapping[str, int] = {}
    """By promotion, what is kept does not earn any more; below 0: given back after all."""
    claim_fen: int = 0
    """What is still to be taken off later refunds."""


class NotLeftError(ValueError):
    """More pieces were asked for than are left."""

    def __init__(self, place: int, left: int) -> None:
        super().__init__(f"of line {place} there are {left} pieces left to give back")
        self.place = place
        self.left = left


def left_of(sale: Bought, earlier: Iterable[Back]) -> dict[int, int]:
    """Return by place the pieces that may still come back, without lines that have none."""
    left = {place: line.quantity for place, line in enumerate(sale.lines)}
    for back in earlier:
        left[back.place] -= back.quantity
    return {place: quantity for place, quantity in left.items() if quantity > 0}


def reckon(
    sale: Bought,
    earlier: Iterable[Back],
    wanted: Mapping[int, int],
    taken: Mapping[str, int] | None = None,
) -> Reckoned:
    """Return what is given for `wanted` pieces by place, after the `earlier` refunds of the sale.

    `taken`: by promotion, what these took off. Raises NotLeftError.
    """
    earlier, taken = tuple(earlier), taken or {}
    left = left_of(sale, earlier)
    for place, quantity in wanted.items():
        if quantity > left.get(place, 0):
            raise NotLeftError(place, left.get(place, 0))
    whole = all(wanted.get(place) == quantity for place, quantity in left.items())
    # Never below 0: a PC that was not told of the first refund may have given a piece back again.
    unpaid_fen = max(sale.payable_fen - sum(back.amount_fen for back in earlier), 0)
    lines = _lines(sale, earlier, wanted, unpaid_fen, whole=whole)
    shares_fen = sum(back.amount_fen for back in lines)
    taken_now, claim_fen = _taken(sale, (*earlier, *lines), taken, shares_fen)
    refunded_fen = shares_fen - sum(taken_now.values())
    paid_fen = unpaid_fen + sum(taken.values())
    return Reckoned(
        lines=lines,
        refunded_fen=refunded_fen,
        points_back=_points_back(sale, paid_fen, paid_fen - refunded_fen),
        whole=whole,
        taken=taken_now,
        claim_fen=claim_fen,
    )


def _taken(
    sale: Bought, back: Iterable[Back], before: Mapping[str, int], shares_fen: int
) -> tuple[dict[str, int], int]:
    """Return by promotion what is taken off `shares_fen`, and what of it these don't hold."""
    if sale.earned is None:
        return {}, 0
    pieces = Counter[int]()
    for came in back:
        pieces[came.place] += came.quantity
    due = unearned(sale.earned, pieces)
    changed = {one: due.get(one, 0) - before.get(one, 0) for one in {**due, **before}}
    claim_fen = over = max(sum(changed.values()) - shares_fen, 0)
    taken = {}
    for one, fen in changed.items():
        cut = min(max(fen, 0), over)
        over -= cut
        if fen - cut:
            taken[one] = fen - cut
    return taken, claim_fen


def _lines(
    sale: Bought,
    earlier: tuple[Back, ...],
    wanted: Mapping[int, int],
    unpaid_fen: int,
    *,
    whole: bool,
) -> tuple[Back, ...]:
    """Each line up to its share of all pieces that are back by then; the last refund settles."""
    pieces: dict[int, int] = defaultdict(int)
    given_fen: dict[int, int] = defaultdict(int)
    for back in earlier:
        pieces[back.place] += back.quantity
        given_fen[back.place] += back.amount_fen
    lines = []
    for place, quantity in sorted(wanted.items()):
        by_then = sale.net_fen[place] * (pieces[place] + quantity) // sale.lines[place].quantity
        amount_fen = min(max(by_then - given_fen[place], 0), unpaid_fen)
        unpaid_fen -= amount_fen
        lines.append(Back(place=place, quantity=quantity, amount_fen=amount_fen))
    if whole and lines and unpaid_fen:
        last = lines[-1]
        lines[-1] = Back(
            place=last.place, quantity=last.quantity, amount_fen=last.amount_fen + unpaid_fen
        )
    return tuple(lines)


def _points_back(sale: Bought, before_fen: int, paid_fen: int) -> int:
    """What brings the member to the points that a sale of the `paid_fen` that stay would earn."""
    left = _points_for(sale, before_fen)
    if sale.points_back is not None:
        left = sale.points_earned - sale.points_back
    return max(left - _points_for(sale, paid_fen), 0)


def _points_for(sale: Bought, paid_fen: int) -> int:
    return min(points_earned(paid_fen), sale.points_earned)
