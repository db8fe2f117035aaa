"""A price book made ready: which promotions an article is in is looked up, not searched for."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from agent.domain.promotions.book import Book
from agent.domain.promotions.conditions import begin, end
from agent.domain.promotions.offered import Why
from agent.domain.promotions.priced import NotApplied
from agent.domain.promotions.promotion import Promotion
from agent.domain.promotions.scope import Article, Scope

MAIN = 0
"""Number of a promotion's own scope; those that its effect names follow."""


class Ready(NamedTuple):
    """A promotion with what is the same for every basket."""

    promotion: Promotion
    scopes: tuple[Scope, ...]
    named: frozenset[str]
    """Articles that it names: also weighed ones count as its pieces."""
    starts: datetime
    ends: datetime
    without_goods: NotApplied
    needs_goods: bool
    """Whether it can't be applied unless its own scope holds something."""


class Prepared:
    """A book with its index. Immutable to whoever uses it; it remembers what it looked up."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.articles = {one.sku: one for one in book.articles}
        ordered = sorted(book.promotions, key=lambda p: (p.effect.phase, p.priority, p.id))
        self.ready = tuple(_ready(one) for one in ordered)
        self.place_of = {one.promotion.id: at for at, one in enumerate(self.ready)}
        self._everywhere: list[tuple[int, int]] = []
        self._by_sku: dict[str, list[tuple[int, int]]] = {}
        self._by_category: dict[str, list[tuple[int, int]]] = {}
        self._by_brand: dict[str, list[tuple[int, int]]] = {}
        self._found: dict[str, tuple[Article, tuple[tuple[int, int], ...]]] = {}
        for at, one in enumerate(self.ready):
            for number, scope in enumerate(one.scopes):
                self._enter((at, number), scope)

    def scopes_of(self, article: Article) -> tuple[tuple[int, int], ...]:
        """Return (place of the promotion, number of its scope) of each scope that holds it."""
        found = self._found.get(article.sku)
        if found is None or found[0] != article:  # it may have got other categories since
            found = self._found[article.sku] = (article, self._search(article))
        return found[1]

    def _enter(self, key: tuple[int, int], scope: Scope) -> None:
        if scope.is_all:
            self._everywhere.append(key)
        for index, words in (
            (self._by_sku, scope.articles),
            (self._by_category, scope.categories),
            (self._by_brand, scope.brands),
        ):
            for word in words:
                index.setdefault(word, []).append(key)

    def _search(self, article: Article) -> tuple[tuple[int, int], ...]:
        keys: set[tuple[int, int]] = set(self._everywhere)
        keys.update(self._by_sku.get(article.sku, ()))
        keys.update(_of(self._by_category, article.categories))
        if article.brand:
            keys.update(self._by_brand.get(article.brand, ()))
        return tuple(
            sorted(key for key in keys if self.ready[key[0]].scopes[key[1]].holds(article))
        )


def _of(index: dict[str, list[tuple[int, int]]], words: Iterable[str]) -> Iterable[tuple[int, int]]:
    return (key for word in words for key in index.get(word, ()))


def _ready(promotion: Promotion) -> Ready:
    scopes = (promotion.scope, *promotion.effect.scopes)
    when = promotion.when
    return Ready(
        promotion=promotion,
        scopes=scopes,
        named=frozenset(sku for scope in scopes for sku in scope.articles),
        starts=begin(when.starts) if when.starts else datetime.min,  # noqa: DTZ901  # local time
        ends=end(when.ends) if when.ends else datetime.max,  # noqa: DTZ901  # local time
        without_goods=NotApplied(
            promotion=promotion.id, name=promotion.name, why=Why.NO_MATCHING_ITEM
        ),
        needs_goods=not promotion.effect.scopes,
    )
