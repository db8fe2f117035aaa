"""A price book made ready: what is the same for every basket is decided once."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from agent.domain.promotions.book import Book
from agent.domain.promotions.clock import Clock
from agent.domain.promotions.conditions import asks_buyer, unmet_there
from agent.domain.promotions.context import Context
from agent.domain.promotions.effects.kind import OfferKind, SumKind
from agent.domain.promotions.offered import Lack, Phase, Why
from agent.domain.promotions.priced import NotApplied
from agent.domain.promotions.promotion import Promotion, Stage, Trigger
from agent.domain.promotions.scope import Article, Scope
from agent.domain.promotions.shutting import shut_out

_CONTEXTS = 64
"""Stores and channels of which it is remembered what holds there."""


class Ready(NamedTuple):
    """A promotion with what is the same for every basket."""

    promotion: Promotion
    place: int
    """In the order of calculation, from 0."""
    rank: int
    """By id, from 0: the order in which answers name what was not applied."""
    phase: Phase
    scopes: tuple[Scope, ...]
    named: frozenset[str]
    """Articles that it names: also weighed ones count as its pieces."""
    sums: SumKind | None
    """Its effect, where that is a sum off the order."""
    offers: OfferKind | None
    """Its effect, where that is on single articles."""
    scales: bool
    """Whether that sum is a share of what is left when its turn comes."""
    reads_left: bool
    """Whether what is left when its turn comes matters to it."""
    minima: tuple[int, ...]
    """Sums from which on it gives something, or more, in fen; those of 0 left out."""
    shuts: int
    """Bits (of places) of the promotions beside which it may not stand."""
    by_coupon: bool
    asks_buyer: bool
    """Whether it depends on the buyer, limits or a passphrase."""


class Standing(NamedTuple):
    """What holds in a store and channel from `since` to before `until` (None: for ever)."""

    since: datetime
    until: datetime | None
    lacks: tuple[Lack | None, ...]
    """By place; None: it holds as far as time, channel and store go."""


class Prepared:
    """A book with its index. Immutable to whoever uses it; it remembers what it looked up."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.articles = {one.sku: one for one in book.articles}
        ordered = sorted(book.promotions, key=lambda p: (p.effect.phase, p.priority, p.id))
        by_id = sorted(range(len(ordered)), key=lambda at: ordered[at].id)
        ranks = {at: rank for rank, at in enumerate(by_id)}
        shut = shut_out(ordered)
        self.ready = tuple(_ready(one, at, ranks[at], shut[at]) for at, one in enumerate(ordered))
        self.place_of = {one.promotion.id: one.place for one in self.ready}
        self.without_goods = [(_without_goods(ordered[at]),) for at in by_id]
        """By rank: what is answered where nothing of the basket is in it."""
        self.clock = Clock(ordered)
        self._index()
        self._standings: dict[tuple[str, str], Standing] = {}

    def standing(self, context: Context) -> Standing:
        """Return what holds at the time, in the store and on the channel of `context`."""
        at = context.at
        if at.tzinfo is not None:
            at = at.replace(tzinfo=None)
        known = self._standings.get((context.store, context.channel))
        if known and known.since <= at and (known.until is None or at < known.until):
            return known
        lacks = tuple([unmet_there(one.promotion, at, context) for one in self.ready])
        if len(self._standings) >= _CONTEXTS:
            self._standings.clear()
        standing = Standing(at, self.clock.after(at), lacks)
        self._standings[context.store, context.channel] = standing
        return standing

    def next_change(self, at: datetime) -> datetime | None:
        """Return the first instant after `at` at which a term or a window of the day of any
        promotion begins or ends, in local time; None: nothing changes any more."""
        return self.clock.after(at.replace(tzinfo=None))

    # Which scopes an article is in: (place of the promotion, number of its scope), 0 = its own

    def scopes_of(self, sku: str, article: Article | None) -> tuple[tuple[int, int], ...]:
        """Return each scope that holds an article, but for those that hold every one. `article`:
        what is known of it; None: nothing."""
        found = self._found.get(sku)
        if found is None or (found[0] is not article and found[0] != article):
            scopes = self._search(article or Article(sku=sku))
            found = self._found[sku] = (article, scopes)  # its categories may have changed
        return found[1]

    def _index(self) -> None:
        self.everywhere: list[tuple[int, int]] = []
        """Scopes that hold every article."""
        self._nearly: list[tuple[int, int]] = []
        self._by_sku: dict[str, list[tuple[int, int]]] = {}
        self._by_category: dict[str, list[tuple[int, int]]] = {}
        self._by_brand: dict[str, list[tuple[int, int]]] = {}
        self._found: dict[str, tuple[Article | None, tuple[tuple[int, int], ...]]] = {}
        for one in self.ready:
            for number, scope in enumerate(one.scopes):
                self._enter((one.place, number), scope)

    def _enter(self, key: tuple[int, int], scope: Scope) -> None:
        if scope == Scope():
            self.everywhere.append(key)
        elif scope.is_all:
            self._nearly.append(key)
        for index, words in (
            (self._by_sku, scope.articles),
            (self._by_category, scope.categories),
            (self._by_brand, scope.brands),
        ):
            for word in words:
                index.setdefault(word, []).append(key)

    def _search(self, article: Article) -> tuple[tuple[int, int], ...]:
        keys: set[tuple[int, int]] = set(self._nearly)
        keys.update(self._by_sku.get(article.sku, ()))
        keys.update(_of(self._by_category, article.categories))
        if article.brand:
            keys.update(self._by_brand.get(article.brand, ()))
        return tuple(
            sorted(key for key in keys if self.ready[key[0]].scopes[key[1]].holds(article))
        )


def _of(index: dict[str, list[tuple[int, int]]], words: Iterable[str]) -> Iterable[tuple[int, int]]:
    return (key for word in words for key in index.get(word, ()))


def _ready(promotion: Promotion, place: int, rank: int, shuts: int) -> Ready:
    effect = promotion.effect
    scopes = (promotion.scope, *effect.scopes)
    minima = tuple(fen for fen in effect.minima if fen)
    is_share = isinstance(effect, SumKind) and effect.is_share
    scales = is_share and promotion.reckoned_on is Stage.LEFT
    return Ready(
        promotion=promotion,
        place=place,
        rank=rank,
        phase=effect.phase,
        scopes=scopes,
        named=frozenset(sku for scope in scopes for sku in scope.articles),
        sums=effect if isinstance(effect, SumKind) else None,
        offers=effect if isinstance(effect, OfferKind) else None,
        scales=scales,
        reads_left=scales or (bool(minima) and promotion.minimum_on is Stage.LEFT),
        minima=minima,
        shuts=shuts,
        by_coupon=promotion.trigger is Trigger.COUPON,
        asks_buyer=asks_buyer(promotion),
    )


def _without_goods(promotion: Promotion) -> NotApplied:
    return NotApplied(promotion=promotion.id, name=promotion.name, why=Why.NO_MATCHING_ITEM)
