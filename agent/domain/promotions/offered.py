"""What an effect sees of a basket, and what it offers or finds lacking: the interface of effects.

An effect of phases 1 and 2 is asked for an offer. One offer is one application: one set, one group
of n pieces; those of phase 2 are asked again until they lack something. Effects on the order
(phases 3 to 5) name a sum.
"""

from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple


class Phase(IntEnum):
    """When an effect is reckoned; there is no search over the order."""

    PRICE = 1
    """The price of the article itself."""
    PIECES = 2
    """Sets, nth piece, buy-get, gift: they use pieces up."""
    PERCENT = 3
    AMOUNT = 4
    PICKUP = 5


class Why(StrEnum):
    """Why a promotion or coupon was not applied; stable for integrators."""

    NOT_STARTED = "not_started"
    ENDED = "ended"
    NOT_TODAY = "not_today"
    NOT_NOW = "not_now"
    WRONG_CHANNEL = "wrong_channel"
    WRONG_STORE = "wrong_store"
    MEMBER_REQUIRED = "member_required"
    WRONG_TIER = "wrong_tier"
    NOT_BIRTHDAY_MONTH = "not_birthday_month"
    NOT_FIRST_PURCHASE = "not_first_purchase"
    COUPON_REQUIRED = "coupon_required"
    PASSPHRASE_REQUIRED = "passphrase_required"  # noqa: S105  # a word, not a secret
    COUPON_EXPIRED = "coupon_expired"
    UNKNOWN_PROMOTION = "unknown_promotion"
    """The coupon is of a promotion that is not in the book."""
    NEEDS_OTHER_COUPON = "needs_other_coupon"
    """It comes with a coupon of a channel that is not used on the order."""
    LIMIT_REACHED = "limit_reached"
    NO_MATCHING_ITEM = "no_matching_item"
    MIN_SPEND_NOT_MET = "min_spend_not_met"
    PIECES_MISSING = "pieces_missing"
    SET_INCOMPLETE = "set_incomplete"
    GIFT_NOT_IN_BASKET = "gift_not_in_basket"
    NOTHING_OFF = "nothing_off"
    NOT_STACKABLE = "not_stackable"
    """It holds, and may not stand beside one that is used."""
    COUPON_LIMIT = "coupon_limit"
    """As many coupons as may stand on an order are used, or as many of its channel."""
    BETTER_WITHOUT = "better_without"
    """It holds, and another combination is better for the customer, or costs no coupon."""


class Given(NamedTuple):
    """One application: what it takes off, and which pieces it uses up."""

    fen: int
    off: Sequence[tuple[int, int]]
    """(good, fen) each; the sum is `fen`."""
    takes: Sequence[tuple[int, int]] = ()
    """(good, pieces) each."""
    worth_nothing: bool = False
    """A gift priced 0: it is given all the same."""


class Lack(NamedTuple):
    """Why there is no application now, and what is missing."""

    why: Why
    detail: dict[str, Any] = {}  # noqa: RUF012  # nobody changes it


class View(NamedTuple):
    """A basket as one promotion sees it at its turn."""

    scope: Sequence[int]
    """Goods it is about."""
    pieces: Sequence[int]
    """Of them, those that count as pieces; the dearest first, then by article."""
    price: Sequence[int]
    """Of one piece of each good after phase 1, in fen."""
    left: Sequence[int]
    """What is left of each good's price, in fen."""
    free: Sequence[int]
    """Pieces of each good that it may use."""
    quantity: Sequence[int]
    counted: Sequence[int]
    """What of each good counts for a minimum, in fen."""
    weighed: Sequence[bool]
    groups: Sequence[Sequence[int]] = ()
    """Pieces of each further scope that the effect names (groups of a set), the dearest first."""
