"""折扣: a percentage off, with a cap."""

from typing import ClassVar

from agent.domain.money import Amount, share
from agent.domain.promotions.effects.kind import Fen, Kind, PayBp, off_scope, short_of
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why


class PercentOff(Kind, frozen=True, kw_only=True, tag="percent_off"):
    """折扣: the customer pays `pay_bp`/10,000 of the goods; no more than `cap_fen` is taken off."""

    phase: ClassVar[Phase] = Phase.PERCENT
    pay_bp: PayBp
    min_fen: Amount = 0
    cap_fen: Fen | None = None

    def offer(self, view: View) -> Given | Lack:
        """One percentage for the order."""
        if not view.scope:
            return Lack(Why.NO_MATCHING_ITEM)
        counted = sum(view.counted[good] for good in view.scope)
        if short := short_of(self.min_fen, counted, {"pay_bp": self.pay_bp}):
            return short
        return off_scope(self._off(sum(view.base[good] for good in view.scope)), view)

    @property
    def minima(self) -> tuple[int, ...]:
        """The one."""
        return (self.min_fen,)

    def most(self, view: View) -> int:
        """Of everything, at the price before it."""
        return self._off(sum(view.base[good] for good in view.scope))

    def _off(self, base_fen: int) -> int:
        off_fen = base_fen - share(base_fen, self.pay_bp)
        return off_fen if self.cap_fen is None else min(off_fen, self.cap_fen)
