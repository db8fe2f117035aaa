"""买x送y: who buys x gets y free, or at a price."""

from typing import ClassVar

from agent.domain.money import Amount, share
from agent.domain.promotions.effects.kind import (
    MAX_TIMES,
    Count,
    OfferKind,
    PayBp,
    count_free,
    dearest,
    off_pieces,
    repeated,
)
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why
from agent.domain.promotions.scope import Scope


class BuyGet(OfferKind, frozen=True, kw_only=True, tag="buy_get"):
    """买x送y: of `buy` + `get` pieces the cheapest `get` cost `pay_bp`, or `price_fen` each.

    With `get_from` the pieces that are given are of those articles, in addition.
    """

    phase: ClassVar[Phase] = Phase.PIECES
    once: ClassVar[bool] = False
    buy: Count
    """Pieces to be bought at their price."""
    get: Count = 1
    """Pieces given for them."""
    get_from: Scope | None = None
    pay_bp: PayBp = 0
    price_fen: Amount | None = None

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What is given."""
        return (self.get_from,) if self.get_from else ()

    def offer(self, view: View) -> Given | Lack:
        """One group."""
        return self._named(view) if self.get_from else self._cheapest(view)

    def most(self, view: View) -> int:
        """Every group; with named articles, each of them that is there."""
        if not self.get_from:
            return repeated(self, view, MAX_TIMES)
        return sum(view.price[good] * view.free[good] for good in view.groups[0])

    def mistakes(self) -> list[tuple[str, str, dict[str, object]]]:
        """One of two prices."""
        if self.price_fen is not None and self.pay_bp:
            return [("pay_bp", "pay_bp and price_fen are both given: leave one out", {})]
        return []

    def _cheapest(self, view: View) -> Given | Lack:
        size = self.buy + self.get
        taken = dearest(size, view.pieces, view.free)
        if taken is None:
            there = count_free(view.pieces, view.free)
            if not there:
                return Lack(Why.NO_MATCHING_ITEM)
            return Lack(Why.PIECES_MISSING, {"pieces": size, "short": size - there})
        prices = [view.price[good] for good, count in taken.items() for _ in range(count)]
        return off_pieces(self._off(prices[-self.get :]), taken, view)

    def _named(self, view: View) -> Given | Lack:
        got = self._got(view)
        bought = dearest(self.buy, view.pieces, view.free, skip=got)
        if bought is None:
            there = count_free(view.pieces, view.free) - sum(
                count for good, count in (got or {}).items() if good in view.pieces
            )
            if there <= 0:
                return Lack(Why.NO_MATCHING_ITEM)
            return Lack(Why.PIECES_MISSING, {"pieces": self.buy, "short": self.buy - there})
        if got is None:
            there = count_free(view.groups[0], view.free)
            return Lack(Why.PIECES_MISSING, {"pieces": self.get, "short": self.get - there})
        prices = [view.price[good] for good, count in got.items() for _ in range(count)]
        taken = dict(bought)
        for good, count in got.items():
            taken[good] = taken.get(good, 0) + count
        return off_pieces(self._off(prices), taken, view)

    def _got(self, view: View) -> dict[int, int] | None:
        """The dearest to be given of which enough stay to be bought."""
        spare = max(count_free(view.pieces, view.free) - self.buy, 0)
        got: dict[int, int] = {}
        wanted = self.get
        for good in view.groups[0]:
            count = min(view.free[good], wanted)
            if good in view.pieces:
                count = min(count, spare)
                spare -= count
            if count > 0:
                got[good] = count
                wanted -= count
        return None if wanted else got

    def _off(self, prices: list[int]) -> int:
        full = sum(prices)
        if self.price_fen is None:
            return full - share(full, self.pay_bp)
        return sum(max(price - self.price_fen, 0) for price in prices)
