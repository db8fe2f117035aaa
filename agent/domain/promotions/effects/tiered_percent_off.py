"""满件折, 满额折: the more pieces or money, the lower the price."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from agent.domain.money import Amount, share
from agent.domain.promotions.effects.kind import Fen, PayBp, SumKind, short_of
from agent.domain.promotions.offered import Lack, Phase, Why


class PercentStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `pieces` pieces and `min_fen` on the customer pays `pay_bp`/10,000."""

    pay_bp: PayBp
    pieces: Annotated[int, Meta(ge=0, le=999)] = 0
    """Pieces of the scope from which the step counts; 0: it asks for none."""
    min_fen: Amount = 0


class TieredPercentOff(SumKind, frozen=True, kw_only=True, tag="tiered_percent_off"):
    """满2件8折, 3件7折; 满200 9折: the step that is reached and gives most."""

    phase: ClassVar[Phase] = Phase.PERCENT
    is_share: ClassVar[bool] = True
    counts_pieces: ClassVar[bool] = True
    steps: Annotated[tuple[PercentStep, ...], Meta(min_length=1, max_length=20)]
    cap_fen: Fen | None = None

    def off(self, counted_fen: int, base_fen: int, pieces: int) -> int:
        """One step for the order."""
        reached = [
            one.pay_bp for one in self.steps if pieces >= one.pieces and counted_fen >= one.min_fen
        ]
        return self._off(base_fen, min(reached)) if reached else 0

    def lack(self, counted_fen: int, pieces: int) -> Lack:
        """What is short of the first step."""
        first = min(self.steps, key=lambda one: (one.pieces, one.min_fen))
        if pieces < first.pieces:
            detail = {"pieces": first.pieces, "short": first.pieces - pieces}
            return Lack(Why.PIECES_MISSING, {**detail, "pay_bp": first.pay_bp})
        short = short_of(first.min_fen, counted_fen, {"pay_bp": first.pay_bp})
        return short or Lack(Why.NOTHING_OFF)

    @property
    def minima(self) -> tuple[int, ...]:
        """Of each step."""
        return tuple(one.min_fen for one in self.steps)

    def face(self, base_fen: int) -> int:
        """The best step, of all of it."""
        return self._off(base_fen, min(one.pay_bp for one in self.steps))

    def mistakes(self) -> list[tuple[str, str, dict[str, object]]]:
        """A higher step costs less."""
        text = "a higher step gives no more than a lower one: lower its pay_bp or leave it out"
        return [
            (f"steps[{at}]", text, {})
            for at, one in enumerate(self.steps)
            if any(
                (low.pieces, low.min_fen) != (one.pieces, one.min_fen)
                and low.pieces <= one.pieces
                and low.min_fen <= one.min_fen
                and low.pay_bp <= one.pay_bp
                for low in self.steps
            )
        ]

    def _off(self, base_fen: int, pay_bp: int) -> int:
        off_fen = base_fen - share(base_fen, pay_bp)
        return off_fen if self.cap_fen is None else min(off_fen, self.cap_fen)
