"""Articles and their stock."""

from collections.abc import Mapping

from sync.hq.selling.articles import put_articles
from sync.hq.stock import set_stock
from sync.protocol.changes import ArticleChange
from tests.hq.head_office import HeadOffice


async def stock_up(hq: HeadOffice, store: str, pieces: Mapping[str, int]) -> None:
    """Let HQ know the articles, and count what the store has of each."""
    await put_articles(hq.db, [ArticleChange(sku=sku, name=sku, price_fen=500) for sku in pieces])
    await set_stock(hq.db, store, pieces)
