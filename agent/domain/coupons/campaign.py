"""A campaign: who may use its coupons and when, and what they give (domain.promotions)."""

import re
from typing import Annotated

from msgspec import Meta, Struct

from agent.base.clock import Millis
from agent.base.strict_json import MAX_INTEGER
from agent.domain.money import MAX_FEN, Amount
from agent.domain.trust.policy import CampaignClass


class AmountOff(Struct, frozen=True, kw_only=True, tag="amount_off", forbid_unknown_fields=True):
    """满x减y: `off_fen` off when the matching items come to at least `min_fen`."""

    min_fen: Amount
    off_fen: Amount


class PercentOff(Struct, frozen=True, kw_only=True, tag="percent_off", forbid_unknown_fields=True):
    """折扣: the customer pays `pay_bp`/10,000 of the matching items (9折 = 9,000)."""

    pay_bp: Annotated[int, Meta(ge=1, le=9_999)]
    min_fen: Amount = 0


class Gift(Struct, frozen=True, kw_only=True, tag="gift", forbid_unknown_fields=True):
    """满赠, 礼品: one piece of `sku` is free when the other matching items come to `min_fen`."""

    sku: Annotated[str, Meta(min_length=1, max_length=64)]
    """The gift; it is scanned into the basket like any article."""
    name: Annotated[str, Meta(max_length=64)] = ""
    """What the cashier calls it."""
    min_fen: Amount = 0


class SetPrice(Struct, frozen=True, kw_only=True, tag="set_price", forbid_unknown_fields=True):
    """套餐: one piece of each of the campaign's articles, together for `price_fen`."""

    price_fen: Amount


class StandsInBook(Struct, frozen=True, kw_only=True, tag="promotion", forbid_unknown_fields=True):
    """What a coupon gives stands in the price book, under this id."""

    promotion: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


SumRule = AmountOff | PercentOff
"""Rules that look at the sum of the matching items alone. 代金券: `AmountOff` from 0."""
Rule = SumRule | Gift | SetPrice | StandsInBook

_SPEND_AND_SAVE = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")
_FACTOR = re.compile(r"0\.([0-9]{1,4})")


class Campaign(Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """The rules of one promotion."""

    campaign: Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
    """Campaign number, given by HQ."""
    name: str
    rule: Rule
    class_: CampaignClass
    starts_at: Millis
    ends_at: Millis
    """First instant at which it is over."""
    skus: tuple[str, ...] = ()
    """Articles it is for; empty means all."""
    member_only: bool = False
    """Each coupon belongs to the member named in it."""
    stackable: bool = True
    """Whether it may stand beside another coupon on one order."""
    exclusive_group: Annotated[str, Meta(max_length=64)] = ""
    """At most one coupon of the campaigns in a group on one order; empty: in none."""

    def __post_init__(self) -> None:
        """Raise ValueError for a set that names fewer than two articles."""
        if isinstance(self.rule, SetPrice) and len(set(self.skus)) < 2:
            raise ValueError("a set names two articles or more")


def bearing(campaign: Campaign) -> tuple[str, ...]:
    """Return the articles whose price a coupon lowered before shares were recorded; empty: all."""
    rule = campaign.rule
    return (rule.sku,) if isinstance(rule, Gift) else campaign.skus


def minimum_fen(campaign: Campaign) -> int:
    """Return what the matching items have to come to, in fen; 0: nothing, or the price book says
    it."""
    rule = campaign.rule
    return 0 if isinstance(rule, SetPrice | StandsInBook) else rule.min_fen


def parse_rule(text: str) -> SumRule:
    """Return the rule of `x:y` (满x减y, whole yuan) or of a factor such as `0.9` (9折).

    The form is that of the public O2O coupon data set. Raises ValueError.
    """
    if spend := _SPEND_AND_SAVE.fullmatch(text):
        min_fen, off_fen = int(spend[1]) * 100, int(spend[2]) * 100
        if min_fen <= MAX_FEN and 0 < off_fen <= MAX_FEN:
            return AmountOff(min_fen=min_fen, off_fen=off_fen)
    elif factor := _FACTOR.fullmatch(text):
        pay_bp = int(factor[1].ljust(4, "0"))
        if pay_bp:
            return PercentOff(pay_bp=pay_bp)
    raise ValueError(f"expected 'x:y' (y above 0) or a factor like '0.9', got {text[:40]!r}")
