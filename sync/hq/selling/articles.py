"""Articles, their prices, and whether they are sold: the same in every store."""

from collections.abc import Sequence

import msgspec
from asyncpg import Connection, Record

from agent.base.strict_json import canonical
from sync.hq.assortment import check_articles
from sync.hq.feed.announce import EVERY_STORE, Announcement, announce
from sync.hq.selling.pinyin import pinyin_keys
from sync.protocol.changes import ArticleChange
from sync.protocol.messages import Entity

LOCK = "LOCK TABLE article IN SHARE ROW EXCLUSIVE MODE"
"""Nothing of the assortment changes until the transaction ends."""

_TOLD = "name, price_fen, gtin, weighed, mnemonic, pinyin, categories, brand, tax_bp, planned"
"""What an import sets, besides the sku."""
_SEPARATOR = "\x1f"
"""Between categories; no name of one has such a sign."""

_PUT = f"""
INSERT INTO article AS held (sku, {_TOLD})
SELECT sku, name, price_fen, gtin, weighed, mnemonic, pinyin, string_to_array(categories, E'\\x1f'),
    brand, tax_bp, planned
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::boolean[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::integer[], $11::text[]) AS told (sku, {_TOLD}) ORDER BY 1
ON CONFLICT (sku) DO UPDATE
    SET ({_TOLD}) = ROW (excluded.name, excluded.price_fen, excluded.gtin, excluded.weighed,
        excluded.mnemonic, excluded.pinyin, excluded.categories, excluded.brand,
        excluded.tax_bp, excluded.planned)
    WHERE (held.name, held.price_fen, held.gtin, held.weighed, held.mnemonic, held.pinyin,
            held.categories, held.brand, held.tax_bp, held.planned)
        IS DISTINCT FROM (excluded.name, excluded.price_fen, excluded.gtin, excluded.weighed,
            excluded.mnemonic, excluded.pinyin, excluded.categories, excluded.brand,
            excluded.tax_bp, excluded.planned)
RETURNING sku, {_TOLD}, withdrawn
"""  # noqa: S608 - constants

_SELL = f"""
UPDATE article SET withdrawn = $2 WHERE sku = ANY($1) AND withdrawn <> $2
RETURNING sku, {_TOLD}, withdrawn
"""  # noqa: S608 - constants

_TAKE_OUT = f"""
DELETE FROM article WHERE sku = ANY($1)
RETURNING sku, {_TOLD}, true AS withdrawn
"""  # noqa: S608 - constants

_LIST = f"SELECT sku, {_TOLD}, withdrawn FROM article ORDER BY sku"  # noqa: S608 - constants


async def put_articles(connection: Connection, articles: Sequence[ArticleChange]) -> int:
    """Add or change articles, the last one of a sku counts; announce and count what changed.

    One that is out of sale stays so. The pinyin is reckoned here, whatever was given.
    """
    by_sku = {article.sku: article for article in articles}
    rows = [
        (
            a.sku,
            a.name,
            a.price_fen,
            a.gtin,
            a.weighed,
            a.mnemonic,
            pinyin_keys(a.name),
            _SEPARATOR.join(a.categories),
            a.brand,
            a.tax_bp,
            canonical(a.planned).decode() if a.planned else "",
        )
        for a in by_sku.values()
    ]
    if not rows:
        return 0
    async with connection.transaction():
        return await _tell(connection, await connection.fetch(_PUT, *zip(*rows, strict=True)))


async def withdraw_articles(
    connection: Connection, skus: Sequence[str], *, withdrawn: bool = True
) -> int:
    """Take articles out of sale in every store, or put them back; count what changed.

    Raises AdminError for one that HQ does not have.
    """
    await check_articles(connection, skus)
    async with connection.transaction():
        return await _tell(connection, await connection.fetch(_SELL, skus, withdrawn))


async def take_out_articles(connection: Connection, skus: Sequence[str]) -> None:
    """Forget articles that should never have been there; stores that heard of them refuse them.

    The articles were locked by an earlier statement of this transaction.
    """
    await _tell(connection, await connection.fetch(_TAKE_OUT, skus))


async def list_articles(connection: Connection) -> list[ArticleChange]:
    """Return every article by sku."""
    return [_article(row) for row in await connection.fetch(_LIST)]


async def _tell(connection: Connection, changed: Sequence[Record]) -> int:
    articles = [_article(row) for row in changed]
    told = (Announcement(EVERY_STORE, Entity.ARTICLE, one.sku, one) for one in articles)
    await announce(connection, *told)
    return len(articles)


def _article(row: Record) -> ArticleChange:
    planned = msgspec.json.decode(row["planned"]) if row["planned"] else ()
    return msgspec.convert({**row, "planned": planned}, ArticleChange)
