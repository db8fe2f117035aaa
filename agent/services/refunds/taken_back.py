"""Taken back: what a refund takes off because what is kept does not earn it, in words."""

from msgspec import UNSET, Struct, UnsetType

from agent.domain.money import yuan
from agent.domain.outcome import Sentence
from agent.domain.refunds.events import TakenBack
from agent.domain.refunds.refund import Reckoned
from agent.domain.selling.events import SaleRecorded

_TAKEN = Sentence(
    "{name}：留下的商品不再满足条件，扣回 ¥{fen}。",
    "{name}: what is kept no longer earns it, ¥{fen} is taken off.",
)
_GIVEN_AFTER_ALL = Sentence(
    "{name}：先前扣回的 ¥{fen} 现返还。", "{name}: ¥{fen} that was taken off before is given back."
)


class TakenOff(Struct, frozen=True, kw_only=True):
    """A promotion that what is kept does not earn as it was given."""

    promotion: str
    name: str
    fen: int
    """Taken off the refund; below 0: taken off an earlier one, and given now."""
    sentence: Sentence


def taken_back(sale: SaleRecorded, reckoned: Reckoned) -> tuple[TakenBack, ...]:
    """Return what the event says of it."""
    names = {one.promotion: one.name for one in sale.promotions or ()}
    return tuple(
        TakenBack(promotion=one, name=names.get(one, one), fen=fen)
        for one, fen in reckoned.taken.items()
    )


def told(taken: tuple[TakenBack, ...] | UnsetType) -> tuple[TakenOff, ...]:
    """Return what a cashier reads of it."""
    return tuple(
        TakenOff(promotion=one.promotion, name=one.name, fen=one.fen, sentence=_sentence(one))
        for one in taken or ()
    )


def or_unset(taken: tuple[TakenBack, ...]) -> tuple[TakenBack, ...] | UnsetType:
    """Return `taken` as the event holds it: left out when there is nothing."""
    return taken or UNSET


def _sentence(one: TakenBack) -> Sentence:
    words = _TAKEN if one.fen > 0 else _GIVEN_AFTER_ALL
    gaps = {"name": one.name, "fen": yuan(abs(one.fen))}
    return Sentence(words.zh_cn.format_map(gaps), words.en.format_map(gaps))
