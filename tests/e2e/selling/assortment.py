"""What head office does to articles amid the day."""

from agent.store.selling import articles
from sync.hq.selling.articles import put_articles
from sync.protocol.changes import ArticleChange
from tests.e2e.shop import SUPPLY_TIMEOUT_S, Shop
from tests.lab.until import until

GUM, GUM_NAME = "96385074", "口香糖"
"""An article with a GTIN of eight digits."""
GUM_ARTICLE = ArticleChange(sku="G008", name=GUM_NAME, price_fen=250, gtin=GUM)


async def put_article(shop: Shop, article: ArticleChange) -> None:
    """Let the store hold the article as it is told now."""
    async with shop.chain.hq.connection() as connection:
        await put_articles(connection, [article])

    async def holds() -> bool:
        with shop.site.database() as db:
            held = articles.articles(db, [article.sku]).get(article.sku)
        return held is not None and held.price_fen == article.price_fen

    await until("the store holds the article", holds, timeout_s=SUPPLY_TIMEOUT_S)


async def put_gum(shop: Shop) -> None:
    """Let there be GUM."""
    await put_article(shop, GUM_ARTICLE)
