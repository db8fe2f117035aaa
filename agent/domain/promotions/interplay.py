"""Which candidates of a basket can be in each other's way; all others are taken without a choice.

Taking one more sum off the order never makes the order dearer: what is left of each good afterwards
only falls when what was left of it before falls. So a promotion is in another's way only when both
may not stand together, when coupons are more than may be used, when it brings a sum below another's
minimum, or when it leaves another one less than that takes off.
"""

from collections.abc import Iterable, Sequence

from agent.domain.promotions.candidates import Candidate, bits_of
from agent.domain.promotions.goods import Goods
from agent.domain.promotions.offered import Phase
from agent.domain.promotions.promotion import Stage, Trigger
from agent.domain.promotions.shutting import bits
from agent.domain.promotions.slots import Slots


def settle(goods: Goods, live: Sequence[Candidate], slots: Slots) -> None:
    """Enter in `live` (in the order of calculation) what may not stand beside what, which sums may
    find too little left, and which candidates are taken without a choice."""
    _part(live)
    for one in live:
        if one.phase is not Phase.PIECES:
            one.goods = goods.bits_of(one.scope)
    early = [one for one in live if one.phase <= Phase.PIECES]
    lowest = _after_prices(goods, early)
    contested = _scarce(live, slots) | _missed(live, early, lowest) | _cut(live, early, lowest)
    for one in live:
        one.forced = not (one.conflicts or contested & one.bit)


def _part(live: Sequence[Candidate]) -> None:
    """Enter the conflicts."""
    if any(one.ready.shuts for one in live):
        _shut(live)
    if not all(one.stacks for one in live):
        coupons = [one for one in live if one.coupon is not None]
        _exclude([one for one in coupons if not one.stacks], [one for one in coupons if one.stacks])
    _exclude([one for one in live if one.promotion.trigger is Trigger.PASSPHRASE])


def _shut(live: Sequence[Candidate]) -> None:
    """By what their promotions say: those that say the same are looked up once."""
    present = 0
    candidates: dict[int, int] = {}
    for one in live:
        place = one.ready.place
        present |= 1 << place
        candidates[place] = candidates.get(place, 0) | one.bit
    known: dict[int, int] = {}
    for one in live:
        shut = one.ready.shuts & present
        if shut not in known:
            known[shut] = sum([candidates[place] for place in bits(shut)])
        one.conflicts |= known[shut] & ~one.bit


def _exclude(alike: Sequence[Candidate], others: Sequence[Candidate] = ()) -> None:
    """Let no two of `alike` stand together, and none of them beside any of `others`."""
    first, second = _bits(alike), _bits(others)
    for one in alike:
        one.conflicts |= (first | second) & ~one.bit
    for one in others:
        one.conflicts |= first


def _scarce(live: Sequence[Candidate], slots: Slots) -> int:
    """Bits of the coupons, when not all of them may be used together."""
    coupons = [one for one in live if one.coupon is not None]
    return 0 if slots.hold(coupons) else _bits(coupons)


def _missed(live: Sequence[Candidate], early: Sequence[Candidate], lowest: Sequence[int]) -> int:
    """Bits of those that may bring what counts for a minimum of another from above to below."""
    found = 0
    for one in live:
        stage = one.promotion.minimum_on
        if not one.ready.minima or stage is Stage.LIST or (stage is Stage.GOODS and not early):
            continue
        others = _before_minimum(one, live, early)
        low = sum([lowest[at] for at in one.scope]) if others else one.there
        if one.phase is Phase.PIECES:
            low -= one.most
        low -= sum([other.most for other in others if other.phase is not Phase.PRICE])
        if any(low < least <= one.there for least in one.ready.minima):
            found |= _bits(others)
    return found


def _before_minimum(
    one: Candidate, live: Sequence[Candidate], early: Sequence[Candidate]
) -> list[Candidate]:
    """Those that lower what counts for its minimum."""
    scope, others = one.goods, early
    if one.phase is Phase.PIECES:
        scope = bits_of(one.scope)
    if one.promotion.minimum_on is Stage.LEFT and one.phase > Phase.PIECES:
        others = live[: live.index(one)]
    elif one.promotion.minimum_on is Stage.GOODS and one.phase is Phase.PIECES:
        others = [other for other in early if other.phase is Phase.PRICE]
    return [other for other in others if other is not one and other.goods & scope]


def _cut(live: Sequence[Candidate], early: Sequence[Candidate], lowest: Sequence[int]) -> int:
    """Bits of those that may leave less than a later one takes off: everything is taken at its
    most, and rounded down, which leaves no less in any combination."""
    low, found = list(lowest), 0
    for one in early:
        if one.phase is Phase.PIECES:
            for at in bits(one.wants):
                low[at] = max(low[at] - one.most, 0)
    for one in live[len(early) :]:
        scope, off = one.scope, one.most
        there = sum([low[at] for at in scope])
        if one.ready.scales and one.ready.sums is not None:
            off = one.ready.sums.off(one.there, there, one.count)
        elif off > there:
            one.is_cut = one.reads_left = True
            found |= _bits(
                other for other in live if other.place < one.place and other.goods & one.goods
            )
        rest = max(there - off, 0)
        for at in scope:
            low[at] = low[at] * rest // there - 1 if rest else 0
    return found


def _after_prices(goods: Goods, early: Sequence[Candidate]) -> Sequence[int]:
    """What special prices leave of each good at least."""
    off: dict[int, int] = {}
    for one in early:
        if one.phase is Phase.PRICE:
            for at, fen in one.off:
                off[at] = max(off.get(at, 0), fen)
    if not off:
        return goods.amounts
    return [amount - off.get(at, 0) for at, amount in enumerate(goods.amounts)]


def _bits(candidates: Iterable[Candidate]) -> int:
    return sum([one.bit for one in candidates])
