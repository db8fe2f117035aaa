"""Pieces in stock, as HQ set them and sales moved them."""

from collections import Counter
from collections.abc import Iterable

from agent.store.sqlite import Connection

_PUT = "INSERT OR REPLACE INTO stock (sku, quantity) VALUES (?, ?)"


def put_stock(db: Connection, sku: str, quantity: int) -> None:
    """Set the pieces in stock."""
    db.execute(_PUT, (sku, quantity))


def put_all(db: Connection, rows: Iterable[tuple[str, int]]) -> None:
    """Set the pieces in stock of many articles: sku, quantity."""
    db.executemany(_PUT, rows)


def move_stock(db: Connection, pieces: Iterable[tuple[str, int]]) -> None:
    """Add so many pieces of each article, less where negative; one may be named several times."""
    moved: Counter[str] = Counter()
    for sku, number in pieces:
        moved[sku] += number
    if not moved:
        return
    rows = ",".join(["(?,?)"] * len(moved))
    db.execute(
        f"WITH moved (sku, number) AS (VALUES {rows}) "  # noqa: S608 - marks
        "UPDATE stock SET quantity = quantity + number FROM moved WHERE stock.sku = moved.sku",
        [value for one in moved.items() for value in one],
    )
