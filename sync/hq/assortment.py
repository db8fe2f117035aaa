"""The assortment: which articles there are, for all that names one."""

from collections.abc import Iterable

from asyncpg import Connection

from sync.hq.errors import AdminError

_KNOWN = "SELECT sku FROM article WHERE sku = ANY($1)"

_NONE = "SELECT NOT EXISTS (SELECT FROM article)"


async def known_articles(connection: Connection, skus: Iterable[str]) -> set[str]:
    """Return those that HQ has."""
    return {row["sku"] for row in await connection.fetch(_KNOWN, list(skus))}


async def check_articles(
    connection: Connection, skus: Iterable[str], *, if_any: bool = False
) -> None:
    """Raise AdminError for an article that HQ does not have.

    `if_any`: unless HQ has none at all, because the chain keeps them in its POS.
    """
    asked = sorted(set(skus))
    known = await known_articles(connection, asked)
    unknown = [sku for sku in asked if sku not in known]
    if unknown and not (if_any and await connection.fetchval(_NONE)):
        raise AdminError(
            "there is no article {skus}; `store-hq articles list` shows them, `store-hq articles"
            " import` adds some",
            skus=", ".join(repr(sku) for sku in unknown),
        )
