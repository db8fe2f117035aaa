"""Candidates: the promotions and coupons that come into question for one basket."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.domain.promotions.conditions import coupon_unmet, stacks, unmet
from agent.domain.promotions.context import Context, Presented
from agent.domain.promotions.goods import Good
from agent.domain.promotions.offered import Lack, Phase, View, Why
from agent.domain.promotions.prepared import Prepared, Ready
from agent.domain.promotions.priced import NotApplied
from agent.domain.promotions.promotion import CouponChannel, Promotion, Trigger

_NO_LIMIT = 2_000_000


@dataclass(slots=True, eq=False)
class Candidate:
    """A promotion, with the coupon that it would use up."""

    promotion: Promotion
    coupon: Presented | None
    stacks: bool
    """Whether other coupons may be used beside it."""
    times: int
    """Applications at most."""
    scope: tuple[int, ...]
    pieces: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    phase: Phase
    place: int = 0
    """In the order of calculation, from 0."""
    conflicts: int = 0
    """Bits of the candidates beside which it may not stand."""
    most: int = 0
    """Bound of what it takes off, in fen."""
    view: View | None = None
    """The untouched basket."""
    lack: Lack | None = None
    """Why it can't be applied even to the untouched basket."""
    wants: frozenset[int] = field(default_factory=frozenset)
    """Goods of which it takes pieces."""

    @property
    def touches(self) -> set[int]:
        """Goods whose price it may lower."""
        return set(self.wants) if self.phase is Phase.PIECES else set(self.scope)

    @property
    def coupon_id(self) -> str | None:
        """Of the coupon that it uses up."""
        return self.coupon.coupon if self.coupon else None

    def not_applied(self, lack: Lack) -> NotApplied:
        """Return that it was not applied, and why."""
        return NotApplied(
            promotion=self.promotion.id,
            name=self.promotion.name,
            coupon=self.coupon_id,
            why=lack.why,
            detail=lack.detail,
        )


def candidates_of(
    goods: Sequence[Good], book: Prepared, context: Context
) -> tuple[list[Candidate], list[NotApplied]]:
    """Return the candidates in the order of calculation, and the others with their reasons."""
    scopes: dict[int, dict[int, list[int]]] = {}
    for at, good in enumerate(goods):
        for place, number in book.scopes_of(good.article):
            scopes.setdefault(place, {}).setdefault(number, []).append(at)
    coupons, none_of = _coupons(book, context)
    found: list[Candidate] = []
    for place, ready in enumerate(book.ready):
        here = scopes.get(place)
        own = coupons.get(place)
        if here is None and own is None:
            none_of.append(ready.without_goods)
        elif lack := unmet(ready.promotion, context):
            none_of.extend(_refused(ready, own, lack))
        else:
            _enter(found, none_of, ready, own, here or {}, goods, context)
    for at, candidate in enumerate(found):
        candidate.place = at
    return found, none_of


def _coupons(
    book: Prepared, context: Context
) -> tuple[dict[int, list[Presented]], list[NotApplied]]:
    by_place: dict[int, list[Presented]] = {}
    unknown = []
    for coupon in sorted({one.coupon: one for one in context.coupons}.values(), key=_by_id):
        place = book.place_of.get(coupon.promotion)
        if place is None or book.ready[place].promotion.trigger is not Trigger.COUPON:
            unknown.append(
                NotApplied(
                    promotion=coupon.promotion,
                    name="",
                    coupon=coupon.coupon,
                    why=Why.UNKNOWN_PROMOTION,
                )
            )
        else:
            by_place.setdefault(place, []).append(coupon)
    return by_place, unknown


def _by_id(coupon: Presented) -> str:
    return coupon.coupon


def _refused(ready: Ready, coupons: list[Presented] | None, lack: Lack) -> list[NotApplied]:
    ids = [one.coupon for one in coupons] if coupons else [None]
    return [
        NotApplied(
            promotion=ready.promotion.id,
            name=ready.promotion.name,
            coupon=coupon,
            why=lack.why,
            detail=lack.detail,
        )
        for coupon in ids
    ]


def _enter(
    found: list[Candidate],
    none_of: list[NotApplied],
    ready: Ready,
    coupons: list[Presented] | None,
    here: dict[int, list[int]],
    goods: Sequence[Good],
    context: Context,
) -> None:
    promotion = ready.promotion
    if promotion.trigger is Trigger.COUPON:
        if not coupons:
            none_of.extend(_refused(ready, None, Lack(Why.COUPON_REQUIRED)))
            return
        for coupon in coupons:
            if lack := coupon_unmet(coupon, context):
                none_of.extend(_refused(ready, [coupon], lack))
            else:
                alone = stacks(coupon, promotion, context)
                found.append(_candidate(ready, coupon, alone, here, goods))
        return
    found.append(_candidate(ready, None, True, here, goods))


def _candidate(
    ready: Ready,
    coupon: Presented | None,
    stackable: bool,
    here: dict[int, list[int]],
    goods: Sequence[Good],
) -> Candidate:
    promotion = ready.promotion
    scope = here.get(0, [])

    def pieces(places: list[int]) -> tuple[int, ...]:
        usable = [at for at in places if not goods[at].weighed or goods[at].sku in ready.named]
        return tuple(sorted(usable, key=lambda at: (-goods[at].price_fen, at)))

    groups = tuple(pieces(here.get(number, [])) for number in range(1, len(ready.scopes)))
    own = pieces(scope)
    return Candidate(
        promotion=promotion,
        coupon=coupon,
        stacks=stackable,
        times=_times(promotion, coupon),
        scope=tuple(scope),
        pieces=own,
        groups=groups,
        phase=promotion.effect.phase,
        wants=frozenset(_wants(promotion, own, groups)),
    )


def _wants(
    promotion: Promotion, own: tuple[int, ...], groups: tuple[tuple[int, ...], ...]
) -> set[int]:
    if promotion.effect.phase is not Phase.PIECES:
        return set()
    grouped = {at for group in groups for at in group}
    return grouped | set(own) if promotion.effect.takes_own_scope else grouped


def _times(promotion: Promotion, coupon: Presented | None) -> int:
    if promotion.effect.phase is not Phase.PIECES or coupon is not None:
        return 1
    default = 1 if promotion.effect.once else _NO_LIMIT
    return promotion.limits.per_order or default


def conflicts(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates may not stand on one order, whatever else does."""
    a, b = one.promotion, other.promotion
    if shut_out(a, b):
        return True
    if one.coupon is not None and other.coupon is not None:
        return not (one.stacks and other.stacks)
    return a.trigger is Trigger.PASSPHRASE and b.trigger is Trigger.PASSPHRASE


def shut_out(a: Promotion, b: Promotion) -> bool:
    """Whether one of two promotions says that it may not stand beside the other."""
    if a.stacking.alone or b.stacking.alone:
        return True
    if a.stacking.group and a.stacking.group == b.stacking.group:
        return True
    return _shuts_out(a, b) or _shuts_out(b, a)


def _shuts_out(a: Promotion, b: Promotion) -> bool:
    if a.id == b.id:
        return False
    stacking = a.stacking
    theirs = {b.id, b.stacking.group} - {""}
    if not theirs.isdisjoint(stacking.not_beside):
        return True
    beside = stacking.only_beside
    return beside is not None and theirs.isdisjoint(beside)


def fits(candidate: Candidate, taken: Sequence[Candidate], book: Prepared) -> bool:
    """Whether the counts of coupons, and of one promotion's, allow one more beside `taken`."""
    if candidate.coupon is None:
        return True
    rules, channel = book.book.coupons, candidate.coupon.channel
    used = [one.coupon for one in taken if one.coupon is not None]
    alike = sum(one.channel is channel for one in used)
    most = rules.online if channel is CouponChannel.ONLINE else rules.offline
    same = sum(one.promotion == candidate.coupon.promotion for one in used)
    per_order = candidate.promotion.limits.per_order or _NO_LIMIT
    return len(used) < rules.in_all and alike < most and same < per_order
