"""What clients are told of a reckoned basket: line by line what was taken off, and why not more."""

from typing import Any

from msgspec import Struct

from agent.domain.basket import Line
from agent.domain.money import yuan
from agent.domain.outcome import Outcome, Sentence
from agent.domain.promotions.context import ByHand, HandKind
from agent.domain.promotions.of_campaign import PREFIX
from agent.domain.promotions.offered import Why
from agent.domain.promotions.words import nudge, nudge_short, why
from agent.services.selling.reckon import Reckoning

_NEEDS_SUPERVISOR = Sentence(
    "{what}超过收银员权限，请主管批准。",
    "{what}: more than a cashier may give by hand, a supervisor has to approve.",
)
_HANDS = {
    HandKind.OFF: Sentence("手工优惠 ¥{fen}（{reason}）", "¥{fen} off ({reason})"),
    HandKind.PRICE: Sentence("手工改价 ¥{fen}（{reason}）", "price set to ¥{fen} ({reason})"),
}
_GOOD = Sentence("可用。", "Good to use.")


class LineAllocation(Struct, frozen=True, kw_only=True):
    """What one promotion took off one line."""

    promotion: str
    name: str
    fen: int
    """Below 0 of a sum rounded up alone."""
    coupon_id: str | None


class PricedLine(Line, frozen=True, kw_only=True):
    """A line of the basket with what was taken off it."""

    net_fen: int
    """What is paid for the line: amount_fen less Σ allocations."""
    allocations: tuple[LineAllocation, ...]


class PromotionApplied(Struct, frozen=True, kw_only=True):
    """A promotion that was applied."""

    promotion: str
    """Its id in the price book; `campaign-7`: what a coupon of campaign 7 gives; `by_hand`;
    `rounding`."""
    name: str
    fen: int
    """What it took off, in fen; below 0 of a sum rounded up alone."""
    coupon_id: str | None
    """The coupon that it uses up."""
    times: int
    """Sets, groups of n, gifts."""


class PromotionNotApplied(Struct, frozen=True, kw_only=True):
    """A promotion or coupon that was not applied, and what is missing."""

    promotion: str
    name: str
    coupon_id: str | None
    why: Why
    detail: dict[str, Any]
    """What is missing: `short_fen`, `short` (pieces), `off_fen` (what it brings), `missing`,
    `gift`, `beside` …"""
    sentence: Sentence


class HandVerdict(Struct, frozen=True, kw_only=True):
    """Whether what was given by hand counts."""

    outcome: Outcome
    """`accepted` or `needs_supervisor`: then nothing is sold until one approves."""
    sentence: Sentence


def lines_told(reckoning: Reckoning) -> tuple[PricedLine, ...]:
    """Return the lines, each with what was taken off it."""
    uses = reckoning.priced.applied
    return tuple(
        PricedLine(
            **{name: getattr(line, name) for name in Line.__struct_fields__},
            net_fen=priced.net_fen,
            allocations=tuple(
                LineAllocation(
                    promotion=one.promotion,
                    name=uses[one.use].name,
                    fen=one.fen,
                    coupon_id=one.coupon,
                )
                for one in priced.allocations
            ),
        )
        for line, priced in zip(reckoning.lines, reckoning.priced.lines, strict=True)
    )


def promotions_told(reckoning: Reckoning) -> tuple[PromotionApplied, ...]:
    """Return what was applied."""
    return tuple(
        PromotionApplied(
            promotion=one.promotion,
            name=one.name,
            fen=one.fen,
            coupon_id=one.coupon,
            times=one.times,
        )
        for one in reckoning.priced.applied
    )


def not_applied_told(reckoning: Reckoning) -> tuple[PromotionNotApplied, ...]:
    """Return what was not, with reasons; campaigns only where a coupon of them was presented."""
    return tuple(
        PromotionNotApplied(
            promotion=one.promotion,
            name=one.name,
            coupon_id=one.coupon,
            why=one.why,
            detail=one.detail,
            sentence=why(one),
        )
        for one in reckoning.priced.not_applied
        if one.coupon is not None or not one.promotion.startswith(PREFIX)
    )


def by_hand_told(reckoning: Reckoning) -> tuple[HandVerdict, ...]:
    """Return what became of each thing given by hand."""
    refused = set(reckoning.priced.refused_by_hand)
    return tuple(
        HandVerdict(outcome=Outcome.NEEDS_SUPERVISOR, sentence=_to_approve(reckoning, one))
        if at in refused
        else HandVerdict(outcome=Outcome.ACCEPTED, sentence=_GOOD)
        for at, one in enumerate(reckoning.context.by_hand)
    )


def _to_approve(reckoning: Reckoning, one: ByHand) -> Sentence:
    """What is to be approved: how much, of which article, and why."""
    named = "" if one.line is None else reckoning.lines[one.line].name
    what, gaps = _HANDS[one.kind], {"fen": yuan(one.fen), "reason": one.reason}
    zh_cn, en = what.zh_cn.format_map(gaps), what.en.format_map(gaps)
    return Sentence(
        _NEEDS_SUPERVISOR.zh_cn.format(what=f"{named} {zh_cn}".strip()),
        _NEEDS_SUPERVISOR.en.format(what=f"{named} {en}".strip()),
    )


def nudge_told(reckoning: Reckoning) -> Sentence | None:
    """Return one line for the customer."""
    return nudge(reckoning.priced)


def nudge_for_display(reckoning: Reckoning) -> Sentence | None:
    """Return the same for a display of 20 columns."""
    return nudge_short(reckoning.priced)
