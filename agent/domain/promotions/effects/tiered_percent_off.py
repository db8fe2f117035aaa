"""满件折, 满额折: the more pieces or money, the lower the price."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from agent.domain.money import Amount, share
from agent.domain.promotions.effects.kind import Fen, Kind, PayBp, off_scope, short_of
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why


class PercentStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `pieces` pieces and `min_fen` on the customer pays `pay_bp`/10,000."""

    pay_bp: PayBp
    pieces: Annotated[int, Meta(ge=0, le=999)] = 0
    min_fen: Amount = 0


class TieredPercentOff(Kind, frozen=True, kw_only=True, tag="tiered_percent_off"):
    """满2件8折, 3件7折; 满200 9折: the step that is reached and gives most."""

    phase: ClassVar[Phase] = Phase.PERCENT
    steps: Annotated[tuple[PercentStep, ...], Meta(min_length=1, max_length=20)]
    cap_fen: Fen | None = None

    def offer(self, view: View) -> Given | Lack:
        """One step for the order."""
        if not view.scope:
            return Lack(Why.NO_MATCHING_ITEM)
        counted = sum(view.counted[good] for good in view.scope)
        pieces = sum(view.quantity[good] for good in view.pieces)
        reached = [one for one in self.steps if pieces >= one.pieces and counted >= one.min_fen]
        if not reached:
            return self._lack(pieces, counted)
        base = sum(view.base[good] for good in view.scope)
        return off_scope(self._off(base, min(one.pay_bp for one in reached)), view)

    @property
    def minima(self) -> tuple[int, ...]:
        """Of each step."""
        return tuple(one.min_fen for one in self.steps)

    def most(self, view: View) -> int:
        """The best step, of everything."""
        base = sum(view.base[good] for good in view.scope)
        return self._off(base, min(one.pay_bp for one in self.steps))

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

    def _lack(self, pieces: int, counted: int) -> Lack:
        first = min(self.steps, key=lambda one: (one.pieces, one.min_fen))
        if pieces < first.pieces:
            detail = {"pieces": first.pieces, "short": first.pieces - pieces}
            return Lack(Why.PIECES_MISSING, {**detail, "pay_bp": first.pay_bp})
        lack = short_of(first.min_fen, counted, {"pay_bp": first.pay_bp})
        return lack or Lack(Why.NOTHING_OFF)
