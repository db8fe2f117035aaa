"""满赠: an article free when the other goods come to a minimum."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from agent.domain.bounds import Word
from agent.domain.money import Amount
from agent.domain.promotions.effects.kind import OfferKind, short_of
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why
from agent.domain.promotions.scope import Scope


class GiftStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `min_fen` of other goods on one piece of one of `choices`."""

    choices: Annotated[tuple[Word, ...], Meta(min_length=1, max_length=50)]
    """Articles of which the customer takes one; it is scanned into the basket."""
    min_fen: Amount = 0
    pieces: Annotated[int, Meta(ge=0, le=999)] = 0
    """Pieces of other goods that have to be there."""


class Gift(OfferKind, frozen=True, kw_only=True, tag="gift"):
    """满赠, 买赠, 多选一赠: of the highest step that is reached, the dearest choice in the basket.

    The gift does not count for its own minimum.
    """

    phase: ClassVar[Phase] = Phase.PIECES
    takes_own_scope: ClassVar[bool] = False
    steps: Annotated[tuple[GiftStep, ...], Meta(min_length=1, max_length=20)]

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The choices of each step."""
        return tuple(Scope(articles=one.choices) for one in self.steps)

    def offer(self, view: View) -> Given | Lack:
        """One gift."""
        offers = [self._step(at, view) for at in range(len(self.steps))]
        given = [one for one in offers if isinstance(one, Given)]
        if given:
            return max(given, key=lambda one: (one.fen, [-good for good, _ in one.takes]))
        lacks = [one for one in offers if isinstance(one, Lack)]
        absent = [one for one in lacks if one.why is Why.GIFT_NOT_IN_BASKET]
        return absent[-1] if absent else lacks[0]

    @property
    def minima(self) -> tuple[int, ...]:
        """Of each step."""
        return tuple(one.min_fen for one in self.steps)

    def most(self, view: View) -> int:
        """The dearest of all choices, as often as it may be."""
        return sum(
            view.price[good] * view.free[good] for good in {at for one in view.groups for at in one}
        )

    def mistakes(self) -> list[tuple[str, str, dict[str, object]]]:
        """Steps are told apart by what they ask for."""
        asked = [(one.min_fen, one.pieces) for one in self.steps]
        if len(set(asked)) < len(asked):
            return [("steps", "two steps ask for the same: make them one with both choices", {})]
        return []

    def _step(self, at: int, view: View) -> Given | Lack:
        step = self.steps[at]
        if (step.min_fen or step.pieces) and not view.scope:
            return Lack(Why.NO_MATCHING_ITEM)
        counted = sum(view.counted[good] for good in view.scope)
        pieces = sum(view.quantity[good] for good in view.pieces)
        lack = self._short(step, counted, pieces) or Lack(
            Why.GIFT_NOT_IN_BASKET, {"gift": list(step.choices)}
        )
        for gift in view.groups[at]:
            if view.free[gift] <= 0:
                continue
            own = gift in view.scope
            short = self._short(
                step,
                counted - own * (view.counted[gift] // view.quantity[gift]),
                pieces - (gift in view.pieces),
            )
            if short is None:
                price = min(view.price[gift], view.left[gift])
                return Given(price, [(gift, price)], ((gift, 1),), worth_nothing=price == 0)
            lack = short
        return lack

    def _short(self, step: GiftStep, counted: int, pieces: int) -> Lack | None:
        gift = list(step.choices)
        if pieces < step.pieces:
            detail = {"pieces": step.pieces, "short": step.pieces - pieces, "gift": gift}
            return Lack(Why.PIECES_MISSING, detail)
        return short_of(step.min_fen, counted, {"gift": gift})
