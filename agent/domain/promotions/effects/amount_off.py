"""满减, 代金券, 每满减: a sum off when the goods come to a minimum."""

from typing import ClassVar

from agent.domain.money import Amount
from agent.domain.promotions.effects.kind import Count, Fen, SumKind, short_of
from agent.domain.promotions.offered import Lack, Phase, Why


class AmountOff(SumKind, frozen=True, kw_only=True, tag="amount_off"):
    """满x减y: `off_fen` off when the goods come to `min_fen`; 每满: so often, up to `repeats`."""

    phase: ClassVar[Phase] = Phase.AMOUNT
    off_fen: Fen
    min_fen: Amount = 0
    repeats: Count = 1
    """How many times the minimum may count: 每满100减10, at most 3 times = 3."""

    def off(self, counted_fen: int, base_fen: int, pieces: int) -> int:
        """The sum, for each full amount."""
        if counted_fen < self.min_fen:
            return 0
        if self.repeats == 1:
            return self.off_fen
        return self.off_fen * min(counted_fen // self.min_fen, self.repeats)

    def lack(self, counted_fen: int, pieces: int) -> Lack:
        """What is short of the minimum."""
        short = short_of(self.min_fen, counted_fen, {"off_fen": self.off_fen})
        return short or Lack(Why.NOTHING_OFF)

    @property
    def minima(self) -> tuple[int, ...]:
        """Each full amount."""
        return tuple(self.min_fen * times for times in range(1, self.repeats + 1))

    def face(self, base_fen: int) -> int:
        """All repeats."""
        return min(self.off_fen * self.repeats, base_fen)

    def mistakes(self) -> list[tuple[str, str, dict[str, object]]]:
        """A minimum is above what it brings; 每满 needs one."""
        if self.repeats > 1 and not self.min_fen:
            return [("repeats", "repeats counts full amounts: give min_fen, too", {})]
        if self.min_fen and self.off_fen > self.min_fen:
            text = "off_fen {off} is more than min_fen {min}: were they swapped?"
            return [("off_fen", text, {"off": self.off_fen, "min": self.min_fen})]
        return []
