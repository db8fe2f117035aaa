"""Quick articles: those that have no bar code, what this store sells most at this hour first."""

from datetime import datetime

from msgspec import Struct

from agent.services.desk.store_desk import StoreDesk
from agent.store.selling import lookup
from agent.store.selling.articles import Article
from agent.store.selling.sold_lately import sales_at_hour
from agent.store.sqlite import Connection

MAX_QUICK = 60
"""More would be searched for rather than looked through."""


class QuickArticles(Struct, frozen=True, kw_only=True):
    """What is most likely wanted first."""

    articles: tuple[Article, ...]


async def quick_articles(desk: StoreDesk) -> QuickArticles:
    """Return the articles without a maker's bar code, by how often they are sold at this hour."""
    now = desk.time.now()
    offset = datetime.fromtimestamp(now / 1000, desk.time.zone).utcoffset()
    offset_ms = int(offset.total_seconds() * 1000) if offset else 0

    def read(db: Connection) -> list[Article]:
        sold = sales_at_hour(db, now, utc_offset_ms=offset_ms)
        first = sorted(sold, key=lambda sku: (-sold[sku], sku))
        return [one.at(now) for one in lookup.without_bar_code(db, MAX_QUICK, first=first)]

    return QuickArticles(articles=tuple(await desk.database.read_aside(read)))
