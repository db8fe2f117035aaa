"""Looking articles up by what a cashier types, with their stock."""

import msgspec
from msgspec.structs import asdict

from agent.store.selling.articles import COLUMNS, Article, article_of
from agent.store.sqlite import Connection


class ArticleInStock(Article, frozen=True, kw_only=True):
    """An article with the pieces that this store has of it."""

    quantity: int | None
    """Pieces; None: head office never told."""


_OF_ARTICLE = ", ".join(f"a.{column}" for column in COLUMNS.split(", "))
_ARTICLE = (
    f"SELECT s.quantity, {_OF_ARTICLE} FROM article a "  # noqa: S608 - constants
    "LEFT JOIN stock s ON s.sku = a.sku"
)
_FITS = (
    "(a.sku LIKE {part} ESCAPE '!' OR a.name LIKE {part} ESCAPE '!' "
    "OR a.gtin LIKE {part} ESCAPE '!' OR a.keys LIKE {part} ESCAPE '!')"
)
_ORDER = (
    "ORDER BY min(a.sku <> :text, a.gtin <> :gtin), "
    "NOT (a.sku LIKE :begin ESCAPE '!' OR a.name LIKE :begin ESCAPE '!' "
    "OR ltrim(a.gtin, '0') LIKE :begin ESCAPE '!' "
    "OR a.keys LIKE :begin ESCAPE '!' OR a.keys LIKE '% ' || :begin ESCAPE '!'), "
    "a.withdrawn, a.name, a.sku LIMIT :limit"
)


def articles_like(db: Connection, text: str, limit: int) -> list[ArticleInStock]:
    """Return articles with each word of `text` in sku, GTIN, name, pinyin or 助记码.

    ASCII letters count in either case. The one that is meant exactly comes first, then those that
    begin with `text`, by name.
    """
    patterns = [f"%{_literal(word)}%" for word in text.split()] or ["%"]
    named: dict[str, str | int] = {f"part{at}": part for at, part in enumerate(patterns)}
    fits = " AND ".join(_FITS.format(part=f":{name}") for name in named)
    named |= {
        "text": text,
        "gtin": text.zfill(14),
        "begin": f"{_literal(text)}%",
        "limit": limit,
    }
    query = f"{_ARTICLE} WHERE {fits} {_ORDER}"
    return [_article(row) for row in db.execute(query, named)]


def _literal(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


_WITHOUT_BAR_CODE = (
    f"SELECT {COLUMNS} FROM article LEFT JOIN json_each(:first) AS f ON f.value = sku "  # noqa: S608 - constants
    "WHERE NOT withdrawn AND (gtin = '' OR gtin GLOB '02*' OR gtin GLOB '002*' "
    "OR gtin GLOB '004*' OR gtin GLOB '9*') "  # as agent/domain/barcodes/gtin.py is_makers
    "ORDER BY f.key IS NULL, f.key, name, sku LIMIT :limit"
)


def without_bar_code(db: Connection, limit: int, *, first: list[str]) -> list[Article]:
    """Return up to `limit` articles on sale that bear no maker's bar code: those of `first`, in its
    order, then others by name."""
    named = {"first": msgspec.json.encode(first).decode(), "limit": limit}
    return [article_of(row) for row in db.execute(_WITHOUT_BAR_CODE, named)]


def article_in_stock(db: Connection, sku: str) -> ArticleInStock | None:
    """Return the article `sku`."""
    row = db.execute(f"{_ARTICLE} WHERE a.sku = ?", (sku,)).fetchone()
    return _article(row) if row else None


def _article(
    row: tuple[int | None, str, str, str, int, bool, bool, str, str, int | None, str],
) -> ArticleInStock:
    return ArticleInStock(**asdict(article_of(row[1:])), quantity=row[0])
