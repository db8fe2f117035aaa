"""阶梯满减: the more, the more off."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from agent.domain.promotions.effects.kind import Fen, SumKind, short_of
from agent.domain.promotions.offered import Lack, Phase, Why


class AmountStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `min_fen` on `off_fen` off."""

    min_fen: Fen
    off_fen: Fen


class TieredAmountOff(SumKind, frozen=True, kw_only=True, tag="tiered_amount_off"):
    """阶梯满减: the step that is reached and gives most."""

    phase: ClassVar[Phase] = Phase.AMOUNT
    steps: Annotated[tuple[AmountStep, ...], Meta(min_length=1, max_length=20)]

    def off(self, counted_fen: int, base_fen: int, pieces: int) -> int:
        """One step for the order."""
        return max((one.off_fen for one in self.steps if one.min_fen <= counted_fen), default=0)

    def lack(self, counted_fen: int, pieces: int) -> Lack:
        """What is short of the first step."""
        first = min(self.steps, key=lambda one: one.min_fen)
        short = short_of(first.min_fen, counted_fen, {"off_fen": first.off_fen})
        return short or Lack(Why.NOTHING_OFF)

    @property
    def minima(self) -> tuple[int, ...]:
        """Of each step."""
        return tuple(one.min_fen for one in self.steps)

    def face(self, base_fen: int) -> int:
        """The highest step."""
        return min(max(one.off_fen for one in self.steps), base_fen)

    def mistakes(self) -> list[tuple[str, str, dict[str, object]]]:
        """A higher step gives more, and no step more than its minimum."""
        found: list[tuple[str, str, dict[str, object]]] = []
        for at, one in enumerate(self.steps):
            if one.off_fen > one.min_fen:
                text = "off_fen {off} is more than min_fen {min}: were they swapped?"
                gaps: dict[str, object] = {"off": one.off_fen, "min": one.min_fen}
                found.append((f"steps[{at}].off_fen", text, gaps))
            if any(low.min_fen < one.min_fen and low.off_fen >= one.off_fen for low in self.steps):
                text = "a higher step gives no more than a lower one: raise it or leave it out"
                found.append((f"steps[{at}]", text, {}))
        return found
