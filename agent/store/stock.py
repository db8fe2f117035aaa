"""Pieces in stock, as HQ set them and sales moved them."""

from collections.abc import Iterable

from agent.store.sqlite import Connection

_PUT = "INSERT OR REPLACE INTO stock (sku, quantity) VALUES (?, ?)"


def put_stock(db: Connection, sku: str, quantity: int) -> None:
    """Set the pieces in stock."""
    db.execute(_PUT, (sku, quantity))


def put_all(db: Connection, rows: Iterable[tuple[str, int]]) -> None:
    """Set the pieces in stock of many articles: sku, quantity."""
    db.executemany(_PUT, rows)
