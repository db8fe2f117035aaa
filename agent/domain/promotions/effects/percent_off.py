"""折扣: a percentage off, with a cap."""

from typing import ClassVar

from agent.domain.money import Amount, share
from agent.domain.promotions.effects.kind import Fen, PayBp, SumKind, short_of
from agent.domain.promotions.offered import Lack, Phase, Why


class PercentOff(SumKind, frozen=True, kw_only=True, tag="percent_off"):
    """折扣: the customer pays `pay_bp`/10,000 of the goods; no more than `cap_fen` is taken off."""

    phase: ClassVar[Phase] = Phase.PERCENT
    is_share: ClassVar[bool] = True
    pay_bp: PayBp
    min_fen: Amount = 0
    cap_fen: Fen | None = None

    def off(self, counted_fen: int, base_fen: int, pieces: int) -> int:
        """One percentage for the order."""
        if counted_fen < self.min_fen:
            return 0
        return self.face(base_fen)

    def lack(self, counted_fen: int, pieces: int) -> Lack:
        """What is short of the minimum."""
        short = short_of(self.min_fen, counted_fen, {"pay_bp": self.pay_bp})
        return short or Lack(Why.NOTHING_OFF)

    @property
    def minima(self) -> tuple[int, ...]:
        """The one."""
        return (self.min_fen,)

    def face(self, base_fen: int) -> int:
        """The percentage of all of it."""
        off_fen = base_fen - share(base_fen, self.pay_bp)
        return off_fen if self.cap_fen is None else min(off_fen, self.cap_fen)
