"""Parts of a sale's journal event: what promotions took off, and what they were reckoned from."""

from typing import NamedTuple

from msgspec import Struct

from agent.domain.bounds import Whole, Word
from agent.domain.promotions.context import ByHand
from agent.domain.promotions.promotion import Channel, CouponChannel, Promotion


class Share(NamedTuple):
    """What one promotion took off one line."""

    place: int
    """Of the line in the sale, from 0."""
    fen: int
    promotion: str
    version: int
    coupon_id: str | None


class AppliedPromotion(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A promotion that was applied, and what it took off each line."""

    promotion: Word
    """Its id; `campaign-7` for a campaign that is none of the price book, `by_hand`, `rounding`."""
    name: str
    """As it was called at that time."""
    fen: Whole
    """Taken off in all: Σ shares; below 0 of a rounding up alone."""
    shares: tuple[tuple[Whole, Whole], ...] = ()
    """(place of the line from 0, fen) each."""
    version: Whole = 0
    """Of the promotion in the price book; 0: it is not of the book."""
    coupon_id: Word | None = None
    """The coupon that it used up."""
    times: Whole = 1
    """Sets, groups of n, gifts."""
    by_line: bool = False
    """It is about certain pieces or one line: the receipt tells it below the line."""
    rule: Promotion | None = None
    """The promotion itself: of what a campaign gives, which has no versions; and of each that was
    applied when one of them says `recalculate`: a partial return reckons by it when the book has
    long forgotten it."""


class ToldCoupon(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A coupon that was used, as promotions need to know it."""

    coupon_id: Word
    promotion: Word
    channel: CouponChannel
    received: Word | None = None
    """When the customer got it, in the store's time; None: not known."""


class ToldArticle(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What the scopes of promotions were held against."""

    categories: tuple[Word, ...] = ()
    """Its category and all those above it."""
    brand: Word = ""
    """Empty: none is known."""


class PricedBy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All that the prices were reckoned from besides lines, member and the promotions applied:
    with it head office reckons the sale anew from its own record."""

    at: Word
    """Effective time of the prices by the store's clocks: 2026-11-30T12:00:00.000."""
    rules: Whole = 0
    """Version of the rules of the whole book; 0: it had none."""
    channel: Channel = Channel.STORE
    tier: Word = ""
    birthday_month: Whole | None = None
    """Of the member, 1 to 12; None: not known, or no member."""
    first_purchase: bool = False
    coupons: tuple[ToldCoupon, ...] = ()
    passphrases: tuple[Word, ...] = ()
    """Those of the promotions applied, as the book has them."""
    used: dict[str, tuple[Whole, Whole]] = {}
    """Of the promotions applied: orders of this member, orders of this day before, in this store's
    knowledge. Left out: none."""
    by_hand: tuple[ByHand, ...] = ()
    approved_by: Word | None = None
    """The supervisor who approved of what was given by hand."""
    articles: dict[str, ToldArticle] = {}
    """Of articles with a category or a brand, where a promotion applied asks for such."""
    complete: bool = True
    """False: the budget of work was used up, and there may be a better combination."""
