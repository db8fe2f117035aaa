"""Why a candidate was not taken: said only when the best combination stands."""

from collections.abc import Sequence

from agent.domain.promotions.candidates import Candidate, bits_of
from agent.domain.promotions.offered import Lack, Phase, Why
from agent.domain.promotions.order import has_coupon, sum_of
from agent.domain.promotions.priced import NotApplied
from agent.domain.promotions.promotion import Stage
from agent.domain.promotions.search import Found
from agent.domain.promotions.state import offered


def reasons(candidates: Sequence[Candidate], found: Found) -> list[tuple[Candidate, NotApplied]]:
    """Return of each candidate that is not used why, and what is missing."""
    used = [use.candidate for use in found.uses]
    bits = sum([one.bit for one in used])
    touched = found.touched
    return [
        (one, one.not_applied(_lack_early(one, touched) or _reason(one, used, found)))
        for one in candidates
        if not bits & one.bit
    ]


def _lack_early(one: Candidate, touched: int) -> Lack | None:
    """Return what it lacks on the untouched basket, when that is how its goods still are."""
    if one.most or one.ready.reads_left:
        return None
    if touched and touched & (one.wants | bits_of(one.scope)):
        return None
    return _lack_first(one)


def _reason(one: Candidate, used: Sequence[Candidate], found: Found) -> Lack:
    """What the basket lacks, else beside what it may not stand, else that others are better."""
    if first := _lack_first(one):
        now = _lack_now(one, used, found)
        return now if now is not None and now.why is first.why else first
    beside = {other.promotion.id for other in used if one.conflicts & other.bit}
    if not beside and not found.slots.fits(one, used):
        return Lack(Why.COUPON_LIMIT, {"limit": found.slots.rules.in_all})
    if beside:
        return Lack(Why.NOT_STACKABLE, {"beside": sorted(beside)})
    if one.phase > Phase.PIECES:
        now = _lack_now(one, used, found)
        if now is not None and now.why in (Why.MIN_SPEND_NOT_MET, Why.NEEDS_OTHER_COUPON):
            return now
    return Lack(Why.BETTER_WITHOUT)


def _lack_first(one: Candidate) -> Lack | None:
    """Return what it lacks even on the untouched basket."""
    if one.ready.sums is None or one.most:
        return one.lack
    return _lack(one, one.there)


def _lack_now(one: Candidate, used: Sequence[Candidate], found: Found) -> Lack | None:
    """Return what it lacks when everything else is taken."""
    if not has_coupon(one, used):
        return Lack(Why.NEEDS_OTHER_COUPON, {"channel": one.promotion.when.with_coupon})
    if one.ready.sums is None:
        given = offered(found.basket, one, found.state)
        return given if isinstance(given, Lack) else None
    goods = sum([found.state.left[at] for at in one.scope])
    left = sum([found.left[at] for at in one.scope])
    if left and sum_of(one, goods, left):
        return None
    counted = {Stage.LIST: one.there, Stage.GOODS: goods, Stage.LEFT: left}
    return _lack(one, counted[one.promotion.minimum_on])


def _lack(one: Candidate, counted: int) -> Lack:
    if not one.scope or one.ready.sums is None:
        return Lack(Why.NO_MATCHING_ITEM)
    return one.ready.sums.lack(counted, one.count)
