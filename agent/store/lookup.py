"""Looking things up by what a cashier types: articles, members, stock."""

from msgspec import Struct

from agent.store.catalogue import Article, Member
from agent.store.sqlite import Connection


class ArticleInStock(Struct, frozen=True, kw_only=True):
    """An article with the pieces that this store has of it."""

    sku: str
    gtin: str
    name: str
    price_fen: int
    quantity: int | None
    """Pieces; None: head office never told."""


_ARTICLE = (
    "SELECT a.sku, a.gtin, a.name, a.price_fen, s.quantity FROM article a "
    "LEFT JOIN stock s ON s.sku = a.sku"
)
_SEARCH = (
    f"{_ARTICLE} WHERE a.sku LIKE :part ESCAPE '!' OR a.name LIKE :part ESCAPE '!' "
    "OR a.gtin LIKE :part ESCAPE '!' "
    "ORDER BY min(a.sku <> :text, a.gtin <> :gtin), "
    "NOT (a.sku LIKE :begin ESCAPE '!' OR a.name LIKE :begin ESCAPE '!' "
    "OR ltrim(a.gtin, '0') LIKE :begin ESCAPE '!'), a.name, a.sku LIMIT :limit"
)
_MEMBER = "SELECT member_id, tier, points, phone_masked FROM member"


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


def article_by_digits(db: Connection, digits: str, gtin_begin: str) -> Article | None:
    """Return the article whose sku is `digits`, or whose 14-digit GTIN begins so."""
    row = db.execute(
        "SELECT sku, gtin, name, price_fen FROM article WHERE sku = ? "
        "UNION ALL SELECT * FROM (SELECT sku, gtin, name, price_fen FROM article "
        "WHERE gtin >= ? AND gtin < ? AND gtin <> '' ORDER BY gtin LIMIT 1) LIMIT 1",
        (digits, gtin_begin, gtin_begin + ":"),
    ).fetchone()
    return Article(sku=row[0], gtin=row[1], name=row[2], price_fen=row[3]) if row else None


def members_by_phone(db: Connection, masked: str, limit: int) -> list[Member]:
    """Return members whose masked number is `masked`, or ends with its four digits alone."""
    rows = db.execute(
        f"{_MEMBER} WHERE substr(phone_masked, -4) = ? AND phone_masked LIKE ? "
        "ORDER BY member_id LIMIT ?",
        (masked[-4:], f"%{masked}", limit),
    )
    return [_member(row) for row in rows]


def _article(row: tuple[str, str, str, int, int | None]) -> ArticleInStock:
    return ArticleInStock(sku=row[0], gtin=row[1], name=row[2], price_fen=row[3], quantity=row[4])


def _member(row: tuple[str, str, int, str]) -> Member:
    return Member(member_id=row[0], tier=row[1], points=row[2], phone_masked=row[3])
