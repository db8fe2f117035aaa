"""A store's stock: counted or delivered at HQ's word, moved by the store's own sales."""

from collections.abc import Mapping, Sequence

import msgspec
from asyncpg import Connection

from sync.hq.assortment import check_articles
from sync.hq.errors import AdminError
from sync.hq.intake.journal import lock_position
from sync.hq.stores import unknown_store

_SET = """
INSERT INTO stock AS s (store, sku, quantity)
SELECT $1, * FROM unnest($2::text[], $3::bigint[])
ON CONFLICT (store, sku) DO UPDATE
    SET quantity = excluded.quantity + CASE WHEN $4 THEN s.quantity ELSE 0 END,
        counted_by = CASE WHEN $4 THEN s.counted_by END
"""

_BELOW = """
SELECT sku, quantity FROM stock WHERE store = $1 AND sku = ANY($2) AND quantity < 0 ORDER BY sku
"""

_TELL = """
INSERT INTO change (store, entity, key, body)
SELECT store, 'stock', sku, stock_body(sku, quantity, accepted_seq)
FROM stock JOIN store_position USING (store) WHERE store = $1 AND sku = ANY($2) ORDER BY sku
"""

_LIST = "SELECT sku, quantity FROM stock WHERE store = $1 ORDER BY sku"


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of an article in a store."""

    sku: str
    quantity: int


async def set_stock(connection: Connection, store: str, quantities: Mapping[str, int]) -> None:
    """Set the stock of the articles, as counted after every sale that HQ has received.

    AdminError for an article that HQ does not have, and for less than nothing.
    """
    if below := [sku for sku, pieces in quantities.items() if pieces < 0]:
        raise AdminError("nobody counts less than 0 pieces: {skus}", skus=", ".join(below))
    await _change(connection, store, quantities, add=False)


async def receive_stock(connection: Connection, store: str, quantities: Mapping[str, int]) -> None:
    """Add delivered pieces to the stock of the articles, or take away what is below 0. AdminError
    for an article that HQ does not have, and for taking more than there is."""
    await _change(connection, store, quantities, add=True)


async def list_stock(connection: Connection, store: str) -> list[Stock]:
    """Return a store's stock by sku."""
    return [Stock(**row) for row in await connection.fetch(_LIST, store)]


async def tell_stock(connection: Connection, store: str, skus: Sequence[str]) -> None:
    """Tell a store its stock of the articles; its position was locked by an earlier statement."""
    await connection.execute(_TELL, store, skus)


async def _change(
    connection: Connection, store: str, quantities: Mapping[str, int], *, add: bool
) -> None:
    skus = list(quantities)
    taken = [sku for sku, pieces in quantities.items() if pieces < 0]
    await check_articles(connection, skus)
    async with connection.transaction():
        # With the position locked no sale of the store comes in between figure and seq.
        if await lock_position(connection, store) is None:
            raise unknown_store(store)
        await connection.execute(_SET, store, skus, list(quantities.values()), add)
        if below := await connection.fetch(_BELOW, store, taken):
            raise AdminError(
                "{store} does not have so many pieces of {skus}; nothing was changed",
                store=store,
                skus=", ".join(row["sku"] for row in below),
            )
        await tell_stock(connection, store, skus)
