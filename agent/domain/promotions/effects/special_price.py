"""特价, 会员价: the article itself costs something else."""

from typing import ClassVar

from agent.domain.money import Amount, share
from agent.domain.promotions.effects.kind import OfferKind, PayBp
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why


class SpecialPrice(OfferKind, frozen=True, kw_only=True, tag="special_price"):
    """特价, 会员价: each piece costs `price_fen`, or `pay_bp`/10,000 of its price.

    A weighed piece has no price of its own: only `pay_bp` lowers it. Of several, the lowest counts.
    """

    phase: ClassVar[Phase] = Phase.PRICE
    price_fen: Amount | None = None
    pay_bp: PayBp | None = None

    def offer(self, view: View) -> Given | Lack:
        """Every piece in scope."""
        if not view.scope:
            return Lack(Why.NO_MATCHING_ITEM)
        off = []
        for good in view.scope:
            if self.price_fen is not None and view.weighed[good]:
                continue
            lower = view.left[good] - view.quantity[good] * self._price(good, view)
            if lower > 0:
                off.append((good, min(lower, view.left[good])))
        fen = sum(share for _, share in off)
        return Given(fen, off) if fen else Lack(Why.NOTHING_OFF)

    def mistakes(self) -> list[tuple[str, str, dict[str, object]]]:
        """One of two prices."""
        if (self.price_fen is None) == (self.pay_bp is None):
            return [("price_fen", "give price_fen or pay_bp, one of them", {})]
        return []

    def _price(self, good: int, view: View) -> int:
        if self.pay_bp is not None:
            return share(view.price[good], self.pay_bp)
        return self.price_fen or 0
