"""自提再减: a sum off an order that is picked up."""

from typing import ClassVar

from agent.domain.promotions.effects.amount_off import AmountOff
from agent.domain.promotions.offered import Phase


class PickupOff(AmountOff, frozen=True, kw_only=True, tag="pickup_off"):
    """自提再减: `off_fen` off an order of the channel pick-up, after every other promotion."""

    phase: ClassVar[Phase] = Phase.PICKUP
