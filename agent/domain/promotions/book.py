"""The price book: all promotions of the chain, and the rules that they share."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from agent.domain.promotions.context import Context
from agent.domain.promotions.promotion import Promotion
from agent.domain.promotions.scope import Article

FORMAT = 1
MAX_PROMOTIONS = 5_000
MAX_ROUNDING_FEN = 100
"""To no larger multiple is a sum rounded."""


class CouponRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many coupons on one order; a passphrase counts in none of them."""

    in_all: Annotated[int, Meta(ge=0, le=20)] = 2
    online: Annotated[int, Meta(ge=0, le=20)] = 1
    offline: Annotated[int, Meta(ge=0, le=20)] = 1


class ByHandRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a cashier may take off alone."""

    supervisor_above_bp: Annotated[int, Meta(ge=0, le=10_000)] = 1_000
    """Share of the line or order, in 1/10,000, above which a supervisor approves."""


class RoundingMode(StrEnum):
    """To which multiple the payable sum is rounded."""

    DOWN = "down"
    """抹零: the next lower one."""
    HALF = "half"
    """四舍五入: the nearest one, from half of it up; the lower one where the customer would pay
    more than the goods are marked with (Price Law of the PRC, art. 13)."""


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of an example's basket."""

    sku: str
    quantity: Annotated[int, Meta(ge=1, le=9_999)] = 1
    price_fen: Annotated[int, Meta(ge=0, le=1_000_000_000)] | None = None
    """Of one piece (one kilogram); None: that of `articles`."""
    weight_g: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class ExpectedUse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promotion that an example expects to be applied."""

    promotion: str
    fen: int
    coupon: str | None = None


class ExpectedLack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promotion that an example expects not to be applied, and why."""

    promotion: str
    why: str
    coupon: str | None = None
    short_fen: int | None = None


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A basket to try the book on; the check fails when the answer differs."""

    name: Annotated[str, Meta(min_length=1, max_length=128)]
    basket: Annotated[tuple[Item, ...], Meta(min_length=1, max_length=200)]
    context: Context
    payable_fen: int
    applied: tuple[ExpectedUse, ...] | None = None
    """All that is applied, in any order; None: not looked at."""
    not_applied: tuple[ExpectedLack, ...] = ()
    """Some of what is not."""


class PriceRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all promotions of the book share."""

    coupons: CouponRules = CouponRules()
    by_hand: ByHandRules = ByHandRules()
    round_down_to_fen: Literal[0, 10, 100] = 0
    """抹零: the payable sum rounded to 10 (角) or 100 (元); 0: not."""
    rounding_mode: RoundingMode = RoundingMode.DOWN


class Book(PriceRules, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole price book, in one file."""

    format: Annotated[int, Meta(ge=FORMAT, le=FORMAT)] = FORMAT
    promotions: Annotated[tuple[Promotion, ...], Meta(max_length=MAX_PROMOTIONS)]
    articles: Annotated[tuple[Article, ...], Meta(max_length=100_000)] = ()
    """Categories and brands of articles, and the prices that examples use."""
    examples: Annotated[tuple[Example, ...], Meta(max_length=10_000)] = ()


def book_of(promotions: Iterable[Promotion], rules: PriceRules) -> Book:
    """Return the book of these promotions and rules, without articles and examples."""
    return Book(promotions=tuple(promotions), **structs.asdict(rules))
