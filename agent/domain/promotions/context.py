"""The context: what the engine is told beside basket and book."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from agent.domain.bounds import Word
from agent.domain.money import Amount
from agent.domain.promotions.promotion import Channel, CouponChannel


class Buyer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The member who buys, as far as promotions need to know."""

    tier: Word = ""
    birthday_month: Annotated[int, Meta(ge=1, le=12)] | None = None
    first_purchase: bool = False
    """As far as this store knows."""


class Presented(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon that is authentic and unused: the decision on that is `domain.coupons`."""

    coupon: Word
    promotion: Word
    channel: CouponChannel = CouponChannel.ONLINE
    received: datetime | None = None
    """When the customer got it, in the store's time; None: it may be stacked."""
    ends: datetime | None = None


class Used(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often this store knows a promotion to have been used."""

    by_member: int = 0
    today: int = 0


class HandKind(StrEnum):
    """What was changed by hand."""

    PRICE = "price"
    """A piece of the line costs `fen`."""
    OFF = "off"
    """`fen` off the line or the order."""


class ByHand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price changed or a discount given by hand, after all promotions."""

    kind: HandKind
    fen: Amount
    reason: Annotated[str, Meta(min_length=1, max_length=128)]
    line: int | None = None
    """Place in the basket, from 0; None: the order."""
    approved: bool = False
    """By a supervisor, needed above the book's share."""


class Context(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where, when, for whom and with what."""

    at: datetime
    """Local time of the store; a zone that it names is ignored."""
    store: Word = ""
    channel: Channel = Channel.STORE
    member: Buyer | None = None
    coupons: Annotated[tuple[Presented, ...], Meta(max_length=20)] = ()
    passphrases: Annotated[tuple[str, ...], Meta(max_length=10)] = ()
    used: dict[str, Used] = {}
    by_hand: Annotated[tuple[ByHand, ...], Meta(max_length=200)] = ()
