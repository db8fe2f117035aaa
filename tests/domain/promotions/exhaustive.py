"""The slow, obviously right second implementation: every legal choice is tried on single pieces.

It shares the book's types, the goods (which pieces are alike) and nothing of the reckoning with the
engine. A basket is a list of pieces; special prices are tried in every subset, applications of
phase 2 in every sequence, order-level promotions in every subset; the least is the answer.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, combinations, permutations
from math import floor

from agent.domain.basket import Line
from agent.domain.promotions.book import Book
from agent.domain.promotions.conditions import stacks, unmet
from agent.domain.promotions.context import Context, Presented
from agent.domain.promotions.effects import (
    AmountOff,
    BuyGet,
    Gift,
    NthPiece,
    PercentOff,
    SetPrice,
    SpecialPrice,
    TieredAmountOff,
    TieredPercentOff,
)
from agent.domain.promotions.promotion import CouponChannel, Promotion, Stage, Trigger
from agent.domain.promotions.scope import Article, Scope

Use = tuple[Promotion, Presented | None]
Piece = tuple[str, int]
"""Article and list price."""


class Basket:
    """Pieces, and by kind of piece what is left of the price."""

    def __init__(self, pieces: Sequence[Piece], articles: dict[str, Article]) -> None:
        self.articles = articles
        self.kinds = sorted(set(pieces))
        self.count = {kind: pieces.count(kind) for kind in self.kinds}
        self.list = {kind: kind[1] * self.count[kind] for kind in self.kinds}
        self.price = {kind: kind[1] for kind in self.kinds}
        self.priced = dict(self.list)
        self.left = dict(self.list)
        self.goods = dict(self.list)
        self.taken: dict[str, dict[Piece, int]] = {}
        self.used: dict[int, int] = {}
        self.early = True

    def copy(self) -> "Basket":
        other = object.__new__(Basket)
        other.__dict__ = {
            name: value.copy() if isinstance(value, dict) else value
            for name, value in self.__dict__.items()
        }
        other.taken = {name: taken.copy() for name, taken in self.taken.items()}
        return other

    def within(self, scope: Scope) -> list[Piece]:
        return [k for k in self.kinds if scope.holds(self.articles.get(k[0], Article(sku=k[0])))]

    def at(self, stage: Stage) -> dict[Piece, int]:
        if stage is Stage.LIST:
            return self.list
        if stage is Stage.LEFT:
            return self.left
        return self.priced if self.early else self.goods

    def free(self, promotion: Promotion) -> list[Piece]:
        """Its free pieces, each by itself, the dearest first."""
        sharing = promotion.stacking.shares_pieces
        found = []
        for kind in sorted(self.kinds, key=lambda k: (-self.price[k], k)):
            gone = self.taken.get("", {}).get(kind, 0)
            shared = [t.get(kind, 0) for name, t in self.taken.items() if name]
            gone += self.taken.get(promotion.id, {}).get(kind, 0) if sharing else max(shared or [0])
            found += [kind] * (self.count[kind] - gone)
        return found

    def take_off(self, fen: int, weights: dict[Piece, int]) -> int:
        """Largest remainder, by fractions; never more than is left of a kind."""
        there = sum(weights.values())
        fen = min(fen, there)
        if fen <= 0:
            return 0
        exact = {kind: Fraction(weight * fen, there) for kind, weight in weights.items()}
        off = {kind: floor(share) for kind, share in exact.items()}
        by_rest = sorted(weights, key=lambda kind: (off[kind] - exact[kind], kind))
        for kind in by_rest[: fen - sum(off.values())]:
            off[kind] += 1
        total = 0
        for kind, share in off.items():
            total += min(share, self.left[kind])
            self.left[kind] -= min(share, self.left[kind])
        return total


def least_payable(lines: Sequence[Line], book: Book, context: Context) -> int:
    """Return what the best legal combination leaves to be paid, in fen."""
    pieces = [(line.sku, line.unit_price_fen) for line in lines for _ in range(line.quantity)]
    uses = _uses(book, context)
    best = sum(price for _, price in pieces)
    first = [use for use in uses if isinstance(use[0].effect, SpecialPrice)]
    articles = {article.sku: article for article in book.articles}
    for prices in _subsets(first):
        basket = Basket(pieces, articles)
        taken = _special(basket, prices)
        if taken is None or not _legal(taken, book, context):
            continue
        second = [use for use in uses if use[0].effect.phase == 2]
        for after, with_second in _sequences(basket, taken, second, book, context, set()):
            third = [use for use in uses if use[0].effect.phase > 2]
            for order in _subsets(third):
                if _legal([*with_second, *order], book, context):
                    best = min(best, _payable(after, with_second, order))
    return best


def _uses(book: Book, context: Context) -> list[Use]:
    uses: list[Use] = []
    for promotion in sorted(book.promotions, key=lambda p: (p.effect.phase, p.priority, p.id)):
        if unmet(promotion, context) is not None:
            continue
        if promotion.trigger is Trigger.COUPON:
            own = [one for one in context.coupons if one.promotion == promotion.id]
            uses += [(promotion, one) for one in sorted(own, key=lambda one: one.coupon)]
        else:
            uses.append((promotion, None))
    return uses


def _subsets(uses: Sequence[Use]) -> Iterator[tuple[Use, ...]]:
    return chain.from_iterable(combinations(uses, size) for size in range(len(uses) + 1))


def _legal(uses: Sequence[Use], book: Book, context: Context) -> bool:
    if not all(_beside(a, b, context) for a, b in combinations(uses, 2)):
        return False
    coupons = [coupon for _, coupon in uses if coupon is not None]
    online = sum(one.channel is CouponChannel.ONLINE for one in coupons)
    rules = book.coupons
    if len(coupons) > rules.in_all or online > rules.online:
        return False
    if len(coupons) - online > rules.offline:
        return False
    return all(
        promotion.limits.per_order is None
        or sum(one.promotion == promotion.id for one in coupons) <= promotion.limits.per_order
        for promotion, _ in uses
    )


def _beside(one: Use, other: Use, context: Context) -> bool:
    (a, a_coupon), (b, b_coupon) = one, other
    if a.stacking.alone or b.stacking.alone:
        return False
    if a.stacking.group and a.stacking.group == b.stacking.group:
        return False
    for p, q in ((a, b), (b, a)):
        names = {q.id} | ({q.stacking.group} if q.stacking.group else set())
        if p.id == q.id:
            continue
        if names & set(p.stacking.not_beside):
            return False
        if p.stacking.only_beside is not None and not names & set(p.stacking.only_beside):
            return False
    if a_coupon is not None and b_coupon is not None:
        return stacks(a_coupon, a, context) and stacks(b_coupon, b, context)
    return not (a.trigger is b.trigger is Trigger.PASSPHRASE)


def _special(basket: Basket, prices: Sequence[Use]) -> list[Use] | None:
    """Every one has to be the lowest of some piece; otherwise another subset says the same."""
    winners: dict[int, int] = {}
    for kind in basket.kinds:
        offers = []
        for at, (promotion, _) in enumerate(prices):
            effect = promotion.effect
            assert isinstance(effect, SpecialPrice)
            if kind in basket.within(promotion.scope):
                reduced = effect.price_fen
                if reduced is None:
                    reduced = floor(
                        Fraction(kind[1] * (effect.pay_bp or 0), 10_000) + Fraction(1, 2)
                    )
                if reduced < kind[1]:
                    offers.append((reduced, at))
        if offers:
            price, at = min(offers)
            winners[at] = price
            basket.price[kind] = price
            basket.left[kind] = price * basket.count[kind]
    basket.priced = dict(basket.left)
    basket.goods = dict(basket.left)
    return list(prices) if len(winners) == len(prices) else None


def _sequences(
    basket: Basket,
    taken: list[Use],
    second: Sequence[Use],
    book: Book,
    context: Context,
    seen: set[object],
) -> Iterator[tuple[Basket, list[Use]]]:
    key = (
        tuple(sorted(basket.left.items())),
        tuple(sorted((name, tuple(sorted(t.items()))) for name, t in basket.taken.items())),
        tuple(sorted(basket.used.items())),
    )
    if key in seen:
        return
    seen.add(key)
    yield basket, taken
    for at, use in enumerate(second):
        promotion, coupon = use
        if basket.used.get(at, 0) >= _times(promotion, coupon):
            continue
        more = taken if at in basket.used else [*taken, use]
        if not _legal(more, book, context):
            continue
        after = basket.copy()
        if _one_application(after, promotion):
            after.used[at] = after.used.get(at, 0) + 1
            yield from _sequences(after, more, second, book, context, seen)


def _times(promotion: Promotion, coupon: Presented | None) -> int:
    if coupon is not None:
        return 1
    once = isinstance(promotion.effect, Gift)
    return promotion.limits.per_order or (1 if once else 1_000)


def _one_application(basket: Basket, promotion: Promotion) -> bool:  # noqa: C901  # all in sight
    """Apply once; False: it takes nothing off."""
    effect, free = promotion.effect, basket.free(promotion)
    own = [piece for piece in free if piece in basket.within(promotion.scope)]
    match effect:
        case NthPiece():
            if len(own) < effect.n:
                return False
            chosen = own[: effect.n]
            last = basket.price[chosen[-1]]
            off = last - _half_up(last, effect.pay_bp)
        case BuyGet():
            if effect.get_from is None:
                chosen = own[: effect.buy + effect.get]
                if len(chosen) < effect.buy + effect.get:
                    return False
                got = chosen[-effect.get :]
            else:
                wanted = basket.within(effect.get_from)
                possible = [
                    (list(some), rest)
                    for some in combinations([p for p in free if p in wanted], effect.get)
                    if len(rest := _without(own, some)) >= effect.buy
                ]
                if not possible:
                    return False
                got, rest = possible[0]
                chosen = got + rest[: effect.buy]
            full = sum(basket.price[piece] for piece in got)
            if effect.price_fen is None:
                off = full - _half_up(full, effect.pay_bp)
            else:
                off = sum(max(basket.price[piece] - effect.price_fen, 0) for piece in got)
        case SetPrice():
            size = sum(group.quantity for group in effect.groups)
            slots = [basket.within(group) for group in effect.groups for _ in range(group.quantity)]
            sets = (some for some in combinations(free, size) if _fill(some, slots))
            found = next(sets, None)
            if found is None:
                return False
            chosen = list(found)
            off = sum(basket.price[piece] for piece in chosen) - effect.price_fen
        case Gift():
            return _gift(basket, promotion, effect, free)
        case _:
            raise AssertionError(effect)
    weights = {kind: basket.price[kind] * chosen.count(kind) for kind in sorted(set(chosen))}
    if basket.take_off(off, weights) <= 0:
        return False
    _note(basket, promotion, chosen)
    return True


def _without(pieces: Sequence[Piece], gone: Sequence[Piece]) -> list[Piece]:
    rest = list(pieces)
    for piece in gone:
        if piece in rest:
            rest.remove(piece)
    return rest


def _fill(pieces: Sequence[Piece], slots: Sequence[Sequence[Piece]]) -> bool:
    return any(
        all(piece in slot for piece, slot in zip(order, slots, strict=True))
        for order in permutations(pieces)
    )


def _gift(basket: Basket, promotion: Promotion, effect: Gift, free: Sequence[Piece]) -> bool:
    scope = basket.within(promotion.scope)
    counted = sum(basket.at(promotion.minimum_on)[kind] for kind in scope)
    pieces = sum(basket.count[kind] for kind in scope)
    possible = []
    for step in effect.steps:
        for piece in free:
            own = piece in scope
            one = basket.at(promotion.minimum_on)[piece] // basket.count[piece]
            enough = counted - own * one >= step.min_fen
            many = pieces - own >= step.pieces
            if piece[0] in step.choices and enough and many:
                possible.append(piece)
    if not possible:
        return False
    piece = max(
        possible, key=lambda p: (min(basket.price[p], basket.left[p]), -basket.kinds.index(p))
    )
    basket.left[piece] -= min(basket.price[piece], basket.left[piece])
    _note(basket, promotion, [piece])
    return True


def _note(basket: Basket, promotion: Promotion, chosen: Sequence[Piece]) -> None:
    name = promotion.id if promotion.stacking.shares_pieces else ""
    taken = basket.taken.setdefault(name, {})
    for piece in chosen:
        taken[piece] = taken.get(piece, 0) + 1
    basket.goods = dict(basket.left)


def _payable(after: Basket, taken: Sequence[Use], order: Sequence[Use]) -> int:
    basket = after.copy()
    basket.early = False
    used = list(taken)
    for promotion, coupon in order:
        wanted = promotion.when.with_coupon
        if wanted and not any(one is not None and one.channel is wanted for _, one in used):
            continue
        scope = basket.within(promotion.scope)
        counted = sum(basket.at(promotion.minimum_on)[kind] for kind in scope)
        base = sum(basket.at(promotion.reckoned_on)[kind] for kind in scope)
        off = _order_off(promotion, counted, base, sum(basket.count[kind] for kind in scope))
        if basket.take_off(off, {kind: basket.left[kind] for kind in scope}):
            used.append((promotion, coupon))
    return sum(basket.left.values())


def _order_off(promotion: Promotion, counted: int, base: int, pieces: int) -> int:
    match effect := promotion.effect:
        case AmountOff():  # and pick-up
            if counted < effect.min_fen:
                return 0
            times = min(counted // effect.min_fen, effect.repeats) if effect.min_fen else 1
            return effect.off_fen * times
        case TieredAmountOff():
            return max((s.off_fen for s in effect.steps if counted >= s.min_fen), default=0)
        case PercentOff():
            if counted < effect.min_fen:
                return 0
            off = base - _half_up(base, effect.pay_bp)
            return off if effect.cap_fen is None else min(off, effect.cap_fen)
        case TieredPercentOff():
            steps = [s for s in effect.steps if pieces >= s.pieces and counted >= s.min_fen]
            if not steps:
                return 0
            off = max(base - _half_up(base, step.pay_bp) for step in steps)
            return off if effect.cap_fen is None else min(off, effect.cap_fen)
    raise AssertionError(effect)


def _half_up(fen: int, pay_bp: int) -> int:
    return floor(Fraction(fen * pay_bp, 10_000) + Fraction(1, 2))
