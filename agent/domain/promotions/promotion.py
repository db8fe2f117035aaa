"""A promotion: its conditions, its effect, and beside what it may stand."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from agent.domain.bounds import Word
from agent.domain.promotions.effects import AnyEffect
from agent.domain.promotions.scope import Scope

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
Moment = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$",
        description="2027-01-31 (the whole day) or 2027-01-31T08:00, in the store's zone.",
    ),
]
Hour = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", max_length=5, description="HH:MM")]


class Channel(StrEnum):
    """How the customer gets the goods."""

    STORE = "store"
    PICKUP = "pickup"
    """Ordered online, picked up in the store (自提)."""
    DINE_IN = "dine_in"
    TAKE_AWAY = "take_away"


class CouponChannel(StrEnum):
    """Where a coupon was given out."""

    ONLINE = "online"
    OFFLINE = "offline"


class Trigger(StrEnum):
    """What makes a promotion come into question."""

    AUTOMATIC = "automatic"
    COUPON = "coupon"
    """Only with a coupon of it, which is then used up."""
    PASSPHRASE = "passphrase"  # noqa: S105  # a word, not a secret
    """Only when the customer says its passphrase (报暗号)."""


class Stage(StrEnum):
    """Which price is meant."""

    LIST = "list"
    """Before any promotion."""
    GOODS = "goods"
    """After phases 1 and 2; for phases 1 and 2 themselves: after phase 1."""
    LEFT = "left"
    """What is left when its turn comes."""


class PartialReturn(StrEnum):
    """What becomes of it when pieces come back."""

    KEEP = "keep"
    """Each piece gives back its own share of what was paid."""
    RECALCULATE = "recalculate"
    """What the customer keeps is reckoned anew; what it no longer earns is taken off the refund."""


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Hours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time of the day; one over midnight belongs to the day on which it begins."""

    since: Hour
    until: Hour
    """Its end is outside."""


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Conditions that the basket itself has no part in; all of them have to hold."""

    starts: Moment | None = None
    ends: Moment | None = None
    """First instant at which it is over; a day alone: after the whole of it."""
    weekdays: tuple[Weekday, ...] = ()
    hours: tuple[Hours, ...] = ()
    channels: tuple[Channel, ...] = ()
    stores: tuple[Word, ...] = ()
    """Codes of the stores, any of them; none named: every store."""
    tiers: tuple[Word, ...] = ()
    """Member tiers, any of them."""
    members: bool = False
    """Members alone."""
    birthday_month: bool = False
    """Members alone, in the month of their birthday."""
    first_purchase: bool = False
    """The member's first in this store's knowledge."""
    with_coupon: CouponChannel | None = None
    """Only beside a coupon of that channel that is used on the order."""


Times = Annotated[int, Meta(ge=1, le=9_999)]


class PromotionLimits(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """How often; of members and days in this store's knowledge."""

    per_order: Times | None = None
    """None: coupons as many as may stand together, gifts one, sets and n-th pieces all."""
    per_member: Times | None = None
    """Orders of one member."""
    per_day: Times | None = None
    """Orders of one day in this store."""
    in_all: Times | None = None
    """Needs a lease: refused by the check until there are such."""


class Stacking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Beside what a promotion may stand on one order."""

    group: Annotated[str, Meta(max_length=64)] = ""
    """At most one of the promotions of a group; empty: in none."""
    only_beside: tuple[Word, ...] | None = None
    """Ids and groups beside which it may stand; None: any, empty: none."""
    not_beside: tuple[Word, ...] = ()
    """Ids and groups beside which it may not stand."""
    alone: bool = False
    """Beside nothing else."""
    beside_coupons: bool = True
    """For coupons: whether another coupon may be used on the order."""
    days_from_receipt: Annotated[int, Meta(ge=1, le=3_650)] | None = None
    """For coupons: so many days after it was received it stands beside no other coupon."""
    mandatory: bool = False
    """Taken whenever it holds, also where another combination were better."""
    shares_pieces: bool = False
    """A piece may be in another promotion of phase 2 that says the same."""


class Promotion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Conditions, effect, stacking."""

    id: Id
    """One of its own in the book; it stays when the promotion is changed."""
    name: Annotated[str, Meta(min_length=1, max_length=64)]
    effect: AnyEffect
    name_en: Annotated[str, Meta(max_length=64)] = ""
    """Name in English; the till and its papers show `name`."""
    trigger: Trigger = Trigger.AUTOMATIC
    passphrase: Annotated[str, Meta(max_length=64)] = ""
    """Case, width and blanks do not matter."""
    scope: Scope = Scope()
    """Articles that it is about."""
    when: When = When()
    limits: PromotionLimits = PromotionLimits()
    stacking: Stacking = Stacking()
    priority: Annotated[int, Meta(ge=-1_000, le=1_000)] = 0
    """The lower comes first inside its phase; it never lets a worse combination win."""
    minimum_on: Stage = Stage.GOODS
    """The price on which a minimum is tested."""
    reckoned_on: Stage = Stage.LEFT
    """The price of which a percentage is taken: `left` = reduced, `list` = full."""
    partial_return: PartialReturn = PartialReturn.KEEP
