"""Looking articles up by what a cashier types, with their stock."""

from agent.store.selling.articles import Article
from agent.store.sqlite import Connection


class ArticleInStock(Article, frozen=True, kw_only=True):
    """An article with the pieces that this store has of it."""

    quantity: int | None
    """Pieces; None: head office never told."""


_ARTICLE = (
    "SELECT a.sku, a.gtin, a.name, a.price_fen, a.withdrawn, s.quantity FROM article a "
    "LEFT JOIN stock s ON s.sku = a.sku"
)
_SEARCH = (
    f"{_ARTICLE} WHERE a.sku LIKE :part ESCAPE '!' OR a.name LIKE :part ESCAPE '!' "
    "OR a.gtin LIKE :part ESCAPE '!' "
    "ORDER BY min(a.sku <> :text, a.gtin <> :gtin), "
    "NOT (a.sku LIKE :begin ESCAPE '!' OR a.name LIKE :begin ESCAPE '!' "
    "OR ltrim(a.gtin, '0') LIKE :begin ESCAPE '!'), a.name, a.sku LIMIT :limit"
)


def articles_like(db: Connection, text: str, limit: int) -> list[ArticleInStock]:
    """Return articles with `text` in sku, GTIN or name (ASCII letters in either case): the one
    that is meant exactly first, then those that begin with it, by name."""
    pattern = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    named = {
        "text": text,
        "gtin": text.zfill(14),
        "part": f"%{pattern}%",
        "begin": f"{pattern}%",
        "limit": limit,
    }
    return [_article(row) for row in db.execute(_SEARCH, named)]


def article_in_stock(db: Connection, sku: str) -> ArticleInStock | None:
    """Return the article `sku`."""
    row = db.execute(f"{_ARTICLE} WHERE a.sku = ?", (sku,)).fetchone()
    return _article(row) if row else None


def _article(row: tuple[str, str, str, int, int, int | None]) -> ArticleInStock:
    sku, gtin, name, price_fen, withdrawn, quantity = row
    return ArticleInStock(
        sku=sku,
        gtin=gtin,
        name=name,
        price_fen=price_fen,
        withdrawn=bool(withdrawn),
        quantity=quantity,
    )
