"""Twins: sums off the order that do the very same, such as two coupons of one promotion.

The worse of two is only used beside the better one, so that not every choice among them is tried.
"""

from collections.abc import Sequence

from agent.domain.promotions.candidates import Candidate


def pair_twins(candidates: Sequence[Candidate]) -> None:
    """Enter in `candidates` (in the order of calculation) the worse twins of each choice.

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


def _pair(one: Candidate, other: Candidate) -> None:
    both = one.bit | other.bit
    if one.conflicts | both != other.conflicts | both:
        return
    if _preference(one) < _preference(other):
        one.worse |= other.bit
    else:
        other.worse |= one.bit


def _does(one: Candidate) -> tuple[object, ...]:
    """All that matters to what it does and to whether it may be used."""
    promotion, coupon = one.promotion, one.coupon
    return (
        one.scope,
        coupon.channel if coupon else None,
        promotion.effect,
        promotion.minimum_on,
        promotion.reckoned_on,
        promotion.when.with_coupon,
        one.ready.place if promotion.limits.per_order else None,
    )


def _preference(one: Candidate) -> tuple[str, str, str]:
    return one.ends if one.coupon else "", one.promotion.id, one.coupon_id or ""
