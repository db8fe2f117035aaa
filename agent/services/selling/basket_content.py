"""What lies in a basket, as the client gave it."""

from typing import Annotated

from msgspec import Meta, Struct

from agent.domain.bounds import MAX_LINES
from agent.domain.promotions.promotion import Channel
from agent.services.desk.wire import Codes, LineOrder, MemberId, Passphrases
from agent.services.selling.by_hand import HandOrders


class BasketContent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies in a basket, as the client gave it."""

    lines: Annotated[tuple[LineOrder, ...], Meta(max_length=MAX_LINES)] = ()
    coupons: Codes = ()
    """Codes, unchanged. They are bearer secrets: deleted with the basket."""
    member_id: MemberId | None = None
    channel: Channel = Channel.STORE
    """How the customer gets the goods."""
    passphrases: Passphrases = ()
    """What the customer said (报暗号)."""
    by_hand: HandOrders = ()
    """Prices changed and discounts given by hand."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.lines or self.coupons or self.member_id)


def content_in(order: BasketContent) -> BasketContent:
    """Return what lies in the basket of an order, without what else the order says."""
    return BasketContent(**{name: getattr(order, name) for name in BasketContent.__struct_fields__})
