"""The offer: what a campaign's rule takes off a basket, or what the basket lacks for it."""

from typing import Any

from msgspec import Struct

from agent.domain.basket import Line, matching, piece_fen
from agent.domain.coupons.campaign import Campaign, Gift, SetPrice, SumRule, discount
from agent.domain.money import yuan
from agent.domain.outcome import Reason


class Lack(Struct, frozen=True, kw_only=True):
    """Why the basket does not earn the offer, and what fills the reason's sentence."""

    reason: Reason
    detail: dict[str, Any] = {}


def offer(campaign: Campaign, lines: tuple[Line, ...]) -> int | Lack:
    """Return what the campaign takes off `lines`, in fen, or what they lack. Pure."""
    match campaign.rule:
        case Gift() as rule:
            return _gift(rule, campaign.skus, lines)
        case SetPrice() as rule:
            return _set(rule, campaign.skus, lines)
        case rule:
            return _sum(rule, campaign.skus, lines)


def bearing(campaign: Campaign) -> tuple[str, ...]:
    """Return the articles whose price the offer lowers; empty means all."""
    rule = campaign.rule
    return (rule.sku,) if isinstance(rule, Gift) else campaign.skus


def minimum_fen(campaign: Campaign) -> int:
    """Return what the matching items have to come to for the offer, in fen; 0: nothing."""
    return 0 if isinstance(campaign.rule, SetPrice) else campaign.rule.min_fen


def short_of(min_fen: int, eligible_fen: int) -> Lack | None:
    """Return what `eligible_fen` lacks to `min_fen`, None when it is enough."""
    if eligible_fen >= min_fen:
        return None
    detail = {"min_yuan": yuan(min_fen), "short_yuan": yuan(min_fen - eligible_fen)}
    return Lack(reason=Reason.MIN_SPEND_NOT_MET, detail=detail)


def _sum(rule: SumRule, skus: tuple[str, ...], lines: tuple[Line, ...]) -> int | Lack:
    eligible = matching(lines, skus)
    if eligible == 0:
        return Lack(reason=Reason.NO_MATCHING_ITEM)
    return short_of(rule.min_fen, eligible) or discount(rule, eligible)


def _gift(rule: Gift, skus: tuple[str, ...], lines: tuple[Line, ...]) -> int | Lack:
    """One piece of the gift is free; it does not count towards its own minimum."""
    free_fen = _piece(lines, rule.sku)
    counted = matching(lines, skus)
    if free_fen is not None and (not skus or rule.sku in skus):
        counted -= free_fen
    if counted == 0 and (skus or rule.min_fen):
        return Lack(reason=Reason.NO_MATCHING_ITEM)
    if short := short_of(rule.min_fen, counted):
        return short
    if free_fen is None:
        return Lack(reason=Reason.GIFT_NOT_IN_BASKET, detail={"gift": rule.name or rule.sku})
    return free_fen


def _set(rule: SetPrice, skus: tuple[str, ...], lines: tuple[Line, ...]) -> int | Lack:
    """One piece of each article of the set, together at the fixed price."""
    pieces = {sku: _piece(lines, sku) for sku in skus}
    missing = [sku for sku, price_fen in pieces.items() if price_fen is None]
    if missing:
        return Lack(reason=Reason.SET_INCOMPLETE, detail={"missing": ", ".join(missing)})
    return max(sum(price_fen or 0 for price_fen in pieces.values()) - rule.price_fen, 0)


def _piece(lines: tuple[Line, ...], sku: str) -> int | None:
    """The price of the cheapest piece of `sku`, None when there is none."""
    return min((piece_fen(line) for line in lines if line.sku == sku), default=None)
