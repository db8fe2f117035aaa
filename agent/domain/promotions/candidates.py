"""Candidates: the promotions and coupons that come into question for one basket."""

from collections.abc import Iterable, Mapping, Sequence

from agent.domain.promotions.conditions import coupon_unmet, stacks, unmet_by_buyer
from agent.domain.promotions.context import Context, Presented
from agent.domain.promotions.goods import Goods
from agent.domain.promotions.offered import Lack, Phase, Why
from agent.domain.promotions.prepared import Prepared, Ready
from agent.domain.promotions.priced import NotApplied
from agent.domain.promotions.promotion import Promotion
from agent.domain.promotions.scope import Article

_NO_LIMIT = 2_000_000
_NOTHING: dict[int, list[int]] = {}


class Candidate:
    """A promotion, with the coupon that it would use up."""

    __slots__ = (
        "bit",
        "conflicts",
        "count",
        "coupon",
        "coupon_id",
        "forced",
        "goods",
        "groups",
        "is_cut",
        "lack",
        "most",
        "off",
        "phase",
        "pieces",
        "place",
        "promotion",
        "reads_left",
        "ready",
        "scope",
        "stacks",
        "there",
        "wants",
        "worse",
    )

    place: int
    """In the order of calculation, from 0."""
    bit: int
    """1 << place."""

    def __init__(
        self, ready: Ready, coupon: Presented | None, *, stacks: bool, here: dict[int, list[int]]
    ) -> None:
        self.ready = ready
        self.promotion = ready.promotion
        self.phase = ready.phase
        self.coupon = coupon
        self.coupon_id = coupon.coupon if coupon else None
        """Of the coupon that it uses up."""
        self.stacks = stacks
        """Whether other coupons may be used beside it."""
        self.scope: Sequence[int] = here.get(0, ())
        """Goods of its own scope."""
        self.goods = 0
        """Bits of the goods whose price it may lower."""
        self.wants = 0
        """Bits of the goods of which it takes pieces."""
        self.there = 0
        """What the goods of its scope come to before any promotion, in fen."""
        self.pieces: tuple[int, ...] = ()
        """Goods of its scope that count as pieces, the dearest first."""
        self.count = 0
        """Pieces in its scope, where their number matters."""
        self.groups: tuple[tuple[int, ...], ...] = ()
        self.conflicts = 0
        """Bits of the candidates beside which it may not stand."""
        self.most = 0
        """Bound of what it takes off, in fen."""
        self.off: Sequence[tuple[int, int]] = ()
        """(good, fen) each that a special price takes off."""
        self.is_cut = False
        """Whether goods may be left with less than it takes off."""
        self.worse = 0
        """Bits of the candidates that do the same, and are used only beside it."""
        self.reads_left = False
        """Whether what is left when its turn comes matters to it."""
        self.forced = False
        """Whether it is taken without a choice."""
        self.lack: Lack | None = None
        """Why it can't be applied even to the untouched basket."""

    @property
    def ends(self) -> str:
        """When its coupon ends, else when it does itself; comparable."""
        ends = self.coupon.ends.isoformat() if self.coupon and self.coupon.ends else None
        return ends or self.promotion.when.ends or "9999"

    @property
    def times(self) -> int:
        """Applications at most."""
        if self.phase is not Phase.PIECES or self.coupon is not None:
            return 1
        return self.promotion.limits.per_order or (1 if self.is_once else _NO_LIMIT)

    @property
    def is_once(self) -> bool:
        """Whether it is applied once unless the promotion says how often."""
        return self.ready.offers is None or self.ready.offers.once

    def not_applied(self, lack: Lack) -> NotApplied:
        """Return that it was not applied, and why."""
        return _not_applied(self.promotion, self.coupon_id, lack)


class Asked:
    """The candidates of a basket, and why the other promotions and coupons are none."""

    def __init__(self, book: Prepared) -> None:
        self.candidates: list[Candidate] = []
        """In the order of calculation."""
        self.unknown: list[NotApplied] = []
        """Coupons of no promotion of the book."""
        self.others: list[tuple[NotApplied, ...]] = list(book.without_goods)
        """By `Ready.rank`; empty where there is a candidate."""


def candidates_of(
    goods: Goods,
    book: Prepared,
    context: Context,
    articles: Mapping[str, Article] | None = None,
) -> Asked:
    """Return the candidates in the order of calculation, and the others with their reasons."""
    found = Asked(book)
    here = _here(goods, book, book.articles if articles is None else articles)
    coupons = _coupons(book, context, found.unknown) if context.coupons else {}
    lacks = book.standing(context).lacks
    for place in sorted(here.keys() | coupons.keys()):
        ready = book.ready[place]
        own = coupons.get(place)
        lack = lacks[place]
        if lack is None and ready.asks_buyer:
            lack = unmet_by_buyer(ready.promotion, context)
        if lack is None and ready.by_coupon and own is None:
            lack = Lack(Why.COUPON_REQUIRED)
        if lack is not None:
            found.others[ready.rank] = _refused(ready.promotion, own, lack)
        else:
            found.others[ready.rank] = ()
            _enter(found, ready, own, here.get(place, _NOTHING), goods, context)
    for place, one in enumerate(found.candidates):
        one.place, one.bit = place, 1 << place
    return found


def _here(
    goods: Goods, book: Prepared, articles: Mapping[str, Article]
) -> dict[int, dict[int, list[int]]]:
    """Goods by place of the promotion and number of its scope."""
    here: dict[int, dict[int, list[int]]] = {}
    for at, sku in enumerate(goods.sku):
        for place, number in book.scopes_of(sku, articles.get(sku)):
            if place in here:
                scopes = here[place]
                if number in scopes:
                    scopes[number].append(at)
                else:
                    scopes[number] = [at]
            else:
                here[place] = {number: [at]}
    if goods.sku:
        everything = list(range(len(goods.sku)))
        for place, number in book.everywhere:
            here.setdefault(place, {})[number] = everything
    return here


def _coupons(
    book: Prepared, context: Context, unknown: list[NotApplied]
) -> dict[int, list[Presented]]:
    by_place: dict[int, list[Presented]] = {}
    for coupon in sorted({one.coupon: one for one in context.coupons}.values(), key=_by_id):
        place = book.place_of.get(coupon.promotion)
        if place is None or not book.ready[place].by_coupon:
            unknown.append(
                NotApplied(
                    promotion=coupon.promotion,
                    name="",
                    coupon=coupon.coupon,
                    why=Why.UNKNOWN_PROMOTION,
                )
            )
        elif place in by_place:
            by_place[place].append(coupon)
        else:
            by_place[place] = [coupon]
    return by_place


def _by_id(coupon: Presented) -> str:
    return coupon.coupon


def _refused(
    promotion: Promotion, coupons: Sequence[Presented] | None, lack: Lack
) -> tuple[NotApplied, ...]:
    if not coupons:
        return (_not_applied(promotion, None, lack),)
    return tuple(_not_applied(promotion, one.coupon, lack) for one in coupons)


def _not_applied(promotion: Promotion, coupon: str | None, lack: Lack) -> NotApplied:
    return NotApplied(
        promotion=promotion.id,
        name=promotion.name,
        coupon=coupon,
        why=lack.why,
        detail=lack.detail,
    )


def _enter(
    found: Asked,
    ready: Ready,
    coupons: Sequence[Presented] | None,
    here: dict[int, list[int]],
    goods: Goods,
    context: Context,
) -> None:
    for coupon in coupons or (None,):
        if coupon is not None and (lack := coupon_unmet(coupon, context)):
            found.others[ready.rank] += _refused(ready.promotion, [coupon], lack)
            continue
        stackable = coupon is None or stacks(coupon, ready.promotion, context)
        one = Candidate(ready, coupon, stacks=stackable, here=here)
        one.there = goods.sum_of(goods.amounts, one.scope)
        if ready.sums is None or ready.sums.counts_pieces:
            _count_pieces(one, here, goods)
        found.candidates.append(one)


def _count_pieces(one: Candidate, here: dict[int, list[int]], goods: Goods) -> None:
    ready = one.ready
    one.pieces = _pieces(one.scope, ready, goods)
    one.count = sum([goods.quantity[at] for at in one.pieces])
    if ready.phase is Phase.PIECES:
        numbers = range(1, len(ready.scopes))
        one.groups = tuple([_pieces(here.get(number, ()), ready, goods) for number in numbers])
        one.wants = one.goods = _wants(one)


def _pieces(places: Sequence[int], ready: Ready, goods: Goods) -> tuple[int, ...]:
    """Goods that count as pieces, the dearest first."""
    usable = [at for at in places if not goods.weighed[at] or goods.sku[at] in ready.named]
    if len(usable) > 1:
        usable.sort(key=lambda at: (-goods.price[at], at))
    return tuple(usable)


def _wants(one: Candidate) -> int:
    wanted = {at for group in one.groups for at in group}
    if one.ready.offers is not None and one.ready.offers.takes_own_scope:
        wanted.update(one.pieces)
    return bits_of(wanted)


def bits_of(goods: Iterable[int]) -> int:
    """Return the bits of some goods."""
    found = 0
    for at in goods:
        found |= 1 << at
    return found
