"""Articles and their prices, the same in every store."""

from collections.abc import Sequence

from asyncpg import Connection

from sync.hq.feed.announce import EVERY_STORE, Announcement, announce
from sync.protocol.changes import ArticleChange
from sync.protocol.messages import Entity

_PUT = """
INSERT INTO article (sku, name, price_fen, gtin)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) ORDER BY 1
ON CONFLICT (sku) DO UPDATE
    SET name = excluded.name, price_fen = excluded.price_fen, gtin = excluded.gtin
    WHERE (article.name, article.price_fen, article.gtin)
        IS DISTINCT FROM (excluded.name, excluded.price_fen, excluded.gtin)
RETURNING sku
"""

_LIST = "SELECT sku, name, price_fen, gtin FROM article ORDER BY sku"


async def put_articles(connection: Connection, articles: Sequence[ArticleChange]) -> int:
    """Add or change articles, the last one of a sku counts; announce and count what changed."""
    by_sku = {article.sku: article for article in articles}
    rows = [(a.sku, a.name, a.price_fen, a.gtin) for a in by_sku.values()]
    if not rows:
        return 0
    async with connection.transaction():
        changed = await connection.fetch(_PUT, *zip(*rows, strict=True))
        await announce(
            connection,
            *(
                Announcement(EVERY_STORE, Entity.ARTICLE, row["sku"], by_sku[row["sku"]])
                for row in changed
            ),
        )
    return len(changed)


async def list_articles(connection: Connection) -> list[ArticleChange]:
    """Return every article by sku."""
    return [ArticleChange(**row) for row in await connection.fetch(_LIST)]
