"""Twins: sums off the order of which one does the very same as another, or always more.

The worse of two is only used beside the better one, so that not every choice among them is tried:
two coupons of one promotion, 满100减10 and 满100减20 of the same goods.
"""

from collections.abc import Sequence

from agent.domain.money import MAX_FEN
from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.effects import AmountOff, PercentOff


def without_worse(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return `candidates` (in the order of calculation) without those that exclude a better twin,
    and enter in each choice its worse twins that it stands beside.

    Twins have no sum between them of which it would matter which of them comes first.
    """
    deeds = [None if one.forced else _does(one) for one in candidates]
    for at, one in enumerate(candidates):
        if one.forced:
            continue
        for place in range(at + 1, len(candidates)):
            other = candidates[place]
            if deeds[place] == deeds[at]:
                _pair(one, other)
            elif one.goods & other.goods and (one.reads_left or other.reads_left):
                break
    gone = 0
    for one in candidates:
        gone |= one.worse & one.conflicts
    return [one for one in candidates if not gone & one.bit]


def _pair(one: Candidate, other: Candidate) -> None:
    both = one.bit | other.bit
    if one.conflicts | both != other.conflicts | both:
        return
    if _is_better(one, other):
        one.worse |= other.bit
    elif _is_better(other, one):
        other.worse |= one.bit


def _is_better(one: Candidate, other: Candidate) -> bool:
    """Whether it takes more off whatever is taken beside it, or as much and comes first."""
    sums, others = one.ready.sums, other.ready.sums
    if sums == others:
        return _preference(one) < _preference(other)
    if isinstance(sums, AmountOff) and isinstance(others, AmountOff):
        more = sums.off_fen > others.off_fen and sums.repeats == others.repeats == 1
        return more and sums.min_fen <= others.min_fen and not (one.is_cut or other.is_cut)
    if isinstance(sums, PercentOff) and isinstance(others, PercentOff):
        more = sums.pay_bp < others.pay_bp and one.most > other.most
        return more and sums.min_fen <= others.min_fen and _cap(sums) >= _cap(others)
    return False


def _cap(sums: PercentOff) -> int:
    return MAX_FEN if sums.cap_fen is None else sums.cap_fen


def _does(one: Candidate) -> tuple[object, ...]:
    """All that matters to what it does and to whether it may be used."""
    promotion, coupon = one.promotion, one.coupon
    return (
        one.scope,
        coupon.channel if coupon else None,
        one.phase,
        promotion.minimum_on,
        promotion.reckoned_on,
        promotion.when.with_coupon,
        one.ready.place if promotion.limits.per_order else None,
    )


def _preference(one: Candidate) -> tuple[str, str, str]:
    return one.ends if one.coupon else "", one.promotion.id, one.coupon_id or ""
