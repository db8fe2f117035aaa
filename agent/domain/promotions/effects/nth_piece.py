"""第n件折扣: of each n pieces the cheapest is reduced."""

from typing import Annotated, ClassVar

from msgspec import Meta

from agent.domain.money import share
from agent.domain.promotions.effects.kind import (
    MAX_TIMES,
    OfferKind,
    PayBp,
    count_free,
    dearest,
    off_pieces,
    repeated,
)
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why


class NthPiece(OfferKind, frozen=True, kw_only=True, tag="nth_piece"):
    """第二件半价: from the dearest down, groups of `n`; the cheapest of each costs `pay_bp`."""

    phase: ClassVar[Phase] = Phase.PIECES
    once: ClassVar[bool] = False
    n: Annotated[int, Meta(ge=2, le=99)]
    """Pieces of a group: 2 for the second at half price."""
    pay_bp: PayBp

    def offer(self, view: View) -> Given | Lack:
        """One group."""
        taken = dearest(self.n, view.pieces, view.free)
        if taken is None:
            there = count_free(view.pieces, view.free)
            if not there:
                return Lack(Why.NO_MATCHING_ITEM)
            return Lack(Why.PIECES_MISSING, {"pieces": self.n, "short": self.n - there})
        cheapest = view.price[list(taken)[-1]]
        return off_pieces(cheapest - share(cheapest, self.pay_bp), taken, view)

    def most(self, view: View) -> int:
        """Every group."""
        return repeated(self, view, MAX_TIMES)
