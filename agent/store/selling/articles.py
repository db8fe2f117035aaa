"""The articles of the chain, as the change feed told of them."""

from collections.abc import Iterable
from typing import Self

import msgspec
from msgspec.structs import replace

from agent.base.clock import Millis
from agent.base.strict_json import canonical
from agent.domain.selling.prices import PlannedPrice, price_at, still_planned
from agent.store.facts import know, known
from agent.store.sqlite import Connection


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """An article of the chain."""

    sku: str
    gtin: str
    name: str
    price_fen: int
    withdrawn: bool = False
    """Head office took it out of sale: it can't be sold until it is put back."""
    weighed: bool = False
    """Sold by weight: price_fen is that of a kilogram."""
    categories: tuple[str, ...] = ()
    """Its category and all those above it."""
    brand: str = ""
    """Empty: it has none."""
    tax_bp: int | None = None
    """Tax in its price, in 1/10,000 of the price without it; None: not set."""
    planned: tuple[PlannedPrice, ...] = ()
    """Prices that were told and have not begun or last now; empty: none."""

    def at(self, moment: Millis) -> Self:
        """Return the article as it is sold at `moment`: `price_fen` is what counts then."""
        if not self.planned:
            return self
        price_fen = price_at(self.price_fen, self.planned, moment)
        return replace(self, price_fen=price_fen, planned=still_planned(self.planned, moment))


COLUMNS = "sku, gtin, name, price_fen, withdrawn, weighed, categories, brand, tax_bp, planned"
_PUT = f"INSERT OR REPLACE INTO article ({COLUMNS}, keys) VALUES (?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608 - constants
_planned = msgspec.json.Decoder(tuple[PlannedPrice, ...])
_SEPARATOR = "\x1f"
"""Between categories; no name of one has such a sign."""

Row = tuple[str, str, str, int, bool, bool, str, str, int | None, str]
"""As in the table."""


def articles(db: Connection, skus: list[str]) -> dict[str, Article]:
    """Return the known ones of `skus`, in their order."""
    found: dict[str, Article | None] = known(db, "article", skus)
    lacking = [sku for sku in skus if sku not in found]
    if lacking:
        found |= _read(db, lacking)
    return {sku: article for sku in skus if (article := found[sku]) is not None}


def article_by_gtin(db: Connection, gtin: str) -> Article | None:
    """Return the article with the 14-digit `gtin`."""
    row = db.execute(
        f"SELECT {COLUMNS} FROM article WHERE gtin = ? AND gtin <> ''",  # noqa: S608 - constants
        (gtin,),
    ).fetchone()
    return article_of(row) if row else None


def articles_with_code(db: Connection, limit: int) -> list[Article]:
    """Return some articles that are sold by the piece and bear a maker's bar code."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM article "  # noqa: S608 - constants
        "WHERE gtin > '03' AND NOT withdrawn AND NOT weighed ORDER BY gtin LIMIT ?",
        (limit,),
    )
    return [article_of(row) for row in rows]


def article_by_digits(db: Connection, digits: str, gtin_begin: str) -> Article | None:
    """Return the article whose sku is `digits`, or whose 14-digit GTIN begins so.

    Never one with a maker's GTIN: no scale weighs it, and anybody can print a label with its sku.
    """
    row = db.execute(
        f"SELECT {COLUMNS} FROM article "  # noqa: S608 - constants
        "WHERE sku = ? AND (gtin = '' OR gtin GLOB '02*' OR gtin GLOB '002*') "
        f"UNION ALL SELECT * FROM (SELECT {COLUMNS} FROM article "
        "WHERE gtin >= ? AND gtin < ? AND gtin <> '' ORDER BY gtin LIMIT 1) LIMIT 1",
        (digits, gtin_begin, gtin_begin + ":"),
    ).fetchone()
    return article_of(row) if row else None


def put_article(db: Connection, article: Article, keys: str = "") -> None:
    """Keep the newest of an article, with the keys of letters by which it is found."""
    put_articles(db, [(article, keys)])


def put_articles(db: Connection, told: Iterable[tuple[Article, str]]) -> None:
    """The same of many."""
    db.executemany(_PUT, ((*_row(article), keys.lower()) for article, keys in told))


def article_of(row: Row) -> Article:
    """Return the article of a row."""
    sku, gtin, name, price_fen, withdrawn, weighed, categories, brand, tax_bp, planned = row
    return Article(
        sku=sku,
        gtin=gtin,
        name=name,
        price_fen=price_fen,
        withdrawn=bool(withdrawn),
        weighed=bool(weighed),
        categories=tuple(categories.split(_SEPARATOR)) if categories else (),
        brand=brand,
        tax_bp=tax_bp,
        planned=_planned.decode(planned) if planned else (),
    )


def _read(db: Connection, skus: list[str]) -> dict[str, Article | None]:
    marks = ",".join("?" * len(skus))
    rows = db.execute(
        f"SELECT {COLUMNS} FROM article WHERE sku IN ({marks})",  # noqa: S608 - constants, marks
        skus,
    )
    found: dict[str, Article | None] = dict.fromkeys(skus)
    found.update((row[0], article_of(row)) for row in rows)
    for sku, article in found.items():
        know(db, "article", sku, article)
    return found


def _row(article: Article) -> Row:
    return (
        article.sku,
        article.gtin,
        article.name,
        article.price_fen,
        article.withdrawn,
        article.weighed,
        _SEPARATOR.join(article.categories),
        article.brand,
        article.tax_bp,
        canonical(article.planned).decode() if article.planned else "",
    )
