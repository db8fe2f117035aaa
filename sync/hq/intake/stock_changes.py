"""What a store hears of its whole stock when its journal goes on from an earlier place."""

from asyncpg import Connection

_TELL = """
INSERT INTO change (store, entity, key, body)
SELECT $1, 'stock', sku, stock_body(sku, quantity, $2) FROM stock WHERE store = $1 ORDER BY sku
"""


async def tell_stock(connection: Connection, store: str, *, through_seq: int) -> None:
    """Tell the stock, which contains the store's own sales up to `through_seq`.

    The store's position was locked by an earlier statement.
    """
    await connection.execute(_TELL, store, through_seq)
