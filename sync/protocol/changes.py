"""Bodies of changes besides those of the domain (Campaign)."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from agent.base.strict_json import MAX_INTEGER
from agent.domain.bounds import MAX_TAX_BP, MAX_WORD_CHARS
from agent.domain.line.chain import Envelope
from agent.domain.line.past import PastEpoch, PastSeq
from agent.domain.money import Amount
from agent.domain.promotions.book import PriceRules
from agent.domain.promotions.promotion import Promotion
from agent.domain.selling.prices import Planned
from sync.protocol.messages import Instant, Seq, StoreCode

MAX_CATEGORIES = 20
"""Of an article."""

Figure = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]

CoverSeq = Seq
"""`through_seq`: the store's own events up to here are contained in the figure; later ones of its
own journal come on top."""


Group = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[^\x00-\x1f]+\Z")]
"""The name of a category."""


class ArticleChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article with its price, the same in every store."""

    sku: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Annotated[str, Meta(max_length=128)]
    price_fen: Amount
    gtin: Annotated[str, Meta(max_length=14)] = ""
    withdrawn: bool = False
    """Taken out of sale. An agent that does not know the field goes on selling the article."""
    weighed: bool = False
    """Sold by weight: price_fen is that of a kilogram."""
    mnemonic: Annotated[str, Meta(max_length=32)] = ""
    """助记码: by which people of the chain know it."""
    pinyin: Annotated[str, Meta(max_length=1_024)] = ""
    """Initials and full pinyin of the name, as they are typed: `hfs hongfushi`."""
    categories: Annotated[tuple[Group, ...], Meta(max_length=MAX_CATEGORIES)] = ()
    """Its category and all those above it."""
    brand: Annotated[str, Meta(max_length=64)] = ""
    tax_bp: Annotated[int, Meta(ge=0, le=MAX_TAX_BP)] | None = None
    """Tax in its price, in 1/10,000 of the price without it (1300 = 13 %); None: not set."""
    planned: Planned = ()
    """Prices that begin later, or last for a while. An agent that does not know the field goes by
    `price_fen`."""


class PromotionChange(Struct, frozen=True, kw_only=True):
    """A promotion of the price book, as head office wrote it."""

    version: Seq
    promotion: Promotion


class PriceRulesChange(Struct, frozen=True, kw_only=True):
    """What all promotions of the book share: how many coupons, what is by hand, 抹零."""

    version: Seq
    rules: PriceRules


class StockChange(Struct, frozen=True, kw_only=True):
    """A store's stock of an article, in pieces."""

    sku: str
    quantity: Figure
    through_seq: CoverSeq


class MemberChange(Struct, frozen=True, kw_only=True):
    """A member, as a store may know them."""

    member_id: Annotated[str, Meta(pattern=r"\A[0-9a-f]{24}\Z")]
    tier: str
    points: Figure
    phone_masked: Annotated[str, Meta(pattern=r"\A(\d{3}\*{4}\d{4})?\Z")]
    """138****5678, or empty."""
    through_seq: CoverSeq


class CouponState(StrEnum):
    """What HQ says of a coupon beyond its token."""

    REVOKED = "revoked"
    USED = "used"
    FREE = "free"
    """Its use was reversed."""


class CouponChange(Struct, frozen=True, kw_only=True):
    """A coupon that is not simply open."""

    coupon_id: Annotated[str, Meta(pattern=r"\A[0-9a-f]{24}\Z")]
    state: CouponState
    redemption_id: Annotated[str, Meta(max_length=128)] = ""
    """Of the use; HQ tells of one use, whoever else stands in a case against it."""
    store: str = ""
    """Where it was used; of one that is revoked the only store that could take it, if any."""
    till: str = ""
    receipt: str = ""
    occurred_at: Instant = 0


class HandoutChange(Struct, frozen=True, kw_only=True):
    """A signed coupon for the store to give away with a sale, offline too."""

    coupon_id: Annotated[str, Meta(pattern=r"\A[0-9a-f]{24}\Z")]
    campaign: Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
    token: Annotated[str, Meta(min_length=1, max_length=1_024)]
    from_fen: Amount
    """Given with a sale that pays at least this."""
    expires: Instant


class HandoutGivenChange(Struct, frozen=True, kw_only=True):
    """A coupon that the store gave away, by a journal that it no longer has."""

    coupon_id: Annotated[str, Meta(max_length=MAX_WORD_CHARS)]
    sale_id: Annotated[str, Meta(max_length=MAX_WORD_CHARS)]


class PastEventChange(Struct, frozen=True, kw_only=True):
    """An event that the store recorded in a journal that it no longer has."""

    epoch: PastEpoch
    seq: PastSeq
    event: Envelope


class PastEndChange(Struct, frozen=True, kw_only=True):
    """Everything of the past that this epoch began without has been told."""

    epoch: PastEpoch


class DocumentChange(Struct, frozen=True, kw_only=True):
    """A signed document (key_set or policy): COSE_Sign1 bytes, hex."""

    version: Seq
    document: Annotated[str, Meta(pattern=r"\A[0-9a-f]+\Z", max_length=120_000)]


class ParkedState(StrEnum):
    """What became of an event that HQ could not apply."""

    OPEN = "open"
    APPLIED = "applied"
    """It has taken effect by another try, or lacks nothing any more."""
    SETTLED = "settled"
    """People are done with it; it is kept and has no effect."""


class ParkedEventChange(Struct, frozen=True, kw_only=True):
    """Why an event of the store has no effect at HQ, or but a part of it."""

    epoch: Seq
    seq: Seq
    event_id: Annotated[str, Meta(max_length=MAX_WORD_CHARS)] = ""
    kind: str = ""
    """Both empty where HQ could not read them."""
    code: Annotated[str, Meta(max_length=64)]
    detail: str = ""
    state: ParkedState
    why: str = ""
    """Said by who settled it."""
    parked_at: Instant


class CaseUse(Struct, frozen=True, kw_only=True):
    """One side of a case."""

    store: StoreCode
    redemption_id: str
    occurred_at: Instant
    at_risk: bool
    discount_fen: Figure


class CaseState(StrEnum):
    """How far a case is."""

    OPEN = "open"
    CLOSED = "closed"
    """One of the two uses was reversed, or people have dealt with it."""


class CaseChange(Struct, frozen=True, kw_only=True):
    """A coupon used twice, as HQ judged it."""

    case_id: str
    coupon_id: str
    state: CaseState
    winner: CaseUse
    loser: CaseUse
    """Its store bears the loss."""
    ground: str
    """agent.domain.coupons.case.Ground"""
    opened_at: Instant
    why: str = ""
    """Said by the people who closed it; empty: it is open, or a use was reversed."""
