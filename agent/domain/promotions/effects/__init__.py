"""The kinds of effect, a module each: what a promotion does to the price."""

from agent.domain.promotions.effects.amount_off import AmountOff
from agent.domain.promotions.effects.buy_get import BuyGet
from agent.domain.promotions.effects.gift import Gift
from agent.domain.promotions.effects.nth_piece import NthPiece
from agent.domain.promotions.effects.percent_off import PercentOff
from agent.domain.promotions.effects.pickup_off import PickupOff
from agent.domain.promotions.effects.set_price import SetPrice
from agent.domain.promotions.effects.special_price import SpecialPrice
from agent.domain.promotions.effects.tiered_amount_off import TieredAmountOff
from agent.domain.promotions.effects.tiered_percent_off import TieredPercentOff

AnyEffect = (
    AmountOff
    | BuyGet
    | Gift
    | NthPiece
    | PercentOff
    | PickupOff
    | SetPrice
    | SpecialPrice
    | TieredAmountOff
    | TieredPercentOff
)
"""Told apart by `kind`."""

__all__ = [
    "AmountOff",
    "AnyEffect",
    "BuyGet",
    "Gift",
    "NthPiece",
    "PercentOff",
    "PickupOff",
    "SetPrice",
    "SpecialPrice",
    "TieredAmountOff",
    "TieredPercentOff",
]
