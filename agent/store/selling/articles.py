"""The articles of the chain, as the change feed told of them."""

import msgspec

from agent.store.sqlite import Connection


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """An article of the chain."""

    sku: str
    gtin: str
    name: str
    price_fen: int


def articles(db: Connection, skus: list[str]) -> dict[str, Article]:
    """Return the known ones of `skus`."""
    marks = ",".join("?" * len(skus))
    rows = db.execute(
        f"SELECT sku, gtin, name, price_fen FROM article WHERE sku IN ({marks})",  # noqa: S608 - marks
        skus,
    )
    return {row[0]: _article(row) for row in rows}


def article_by_gtin(db: Connection, gtin: str) -> Article | None:
    """Return the article with the 14-digit `gtin`."""
    row = db.execute(
        "SELECT sku, gtin, name, price_fen FROM article WHERE gtin = ?", (gtin,)
    ).fetchone()
    return _article(row) if row else None


def article_by_digits(db: Connection, digits: str, gtin_begin: str) -> Article | None:
    """Return the article whose sku is `digits`, or whose 14-digit GTIN begins so.

    Never one with a maker's GTIN: no scale weighs it, and anybody can print a label with its sku.
    """
    row = db.execute(
        "SELECT sku, gtin, name, price_fen FROM article "
        "WHERE sku = ? AND (gtin = '' OR gtin GLOB '02*' OR gtin GLOB '002*') "
        "UNION ALL SELECT * FROM (SELECT sku, gtin, name, price_fen FROM article "
        "WHERE gtin >= ? AND gtin < ? AND gtin <> '' ORDER BY gtin LIMIT 1) LIMIT 1",
        (digits, gtin_begin, gtin_begin + ":"),
    ).fetchone()
    return _article(row) if row else None


def put_article(db: Connection, article: Article) -> None:
    """Keep an article's newest price and name."""
    db.execute(
        "INSERT OR REPLACE INTO article VALUES (?,?,?,?)",
        (article.sku, article.gtin, article.name, article.price_fen),
    )


def _article(row: tuple[str, str, str, int]) -> Article:
    return Article(sku=row[0], gtin=row[1], name=row[2], price_fen=row[3])
