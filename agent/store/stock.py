"""Pieces in stock, as HQ set them and sales moved them."""

from agent.store.sqlite import Connection


def put_stock(db: Connection, sku: str, quantity: int) -> None:
    """Set the pieces in stock."""
    db.execute("INSERT OR REPLACE INTO stock (sku, quantity) VALUES (?, ?)", (sku, quantity))
