"""Articles without a bar code are at hand: what this store sells at this hour comes first."""

from agent.base.clock import DAY_MS, HOUR_MS
from agent.state_dir import DATABASE_FILE
from agent.store.selling import articles
from agent.store.selling.articles import Article
from agent.store.sqlite import connect
from tests.api.conftest import Shop
from tests.api.till import SALES, Till
from tests.services.stopped_clock import StoppedClock

LOOSE = ("bun", "egg", "tea")


async def test_the_most_sold_at_this_hour_come_first(shop: Shop, clock: StoppedClock) -> None:
    db = connect(str(shop.state_dir / DATABASE_FILE))
    for sku in LOOSE:
        articles.put_article(db, Article(sku=sku, gtin="", name=sku, price_fen=100))
    gone = Article(sku="gone", gtin="", name="gone", price_fen=100, withdrawn=True)
    articles.put_article(db, gone)
    db.close()
    till = await shop.open()
    assert await quick(till) == list(LOOSE)

    for sku in ("tea", "egg", "tea"):
        await sell(till, sku)
    assert await quick(till) == ["tea", "egg", "bun"]

    clock.advance(HOUR_MS)  # an hour beside it counts, too
    assert await quick(till) == ["tea", "egg", "bun"]
    clock.advance(5 * HOUR_MS)
    assert await quick(till) == list(LOOSE)
    await sell(till, "egg")
    assert await quick(till) == ["egg", "bun", "tea"]
    clock.advance(15 * DAY_MS)
    assert await quick(till) == list(LOOSE)


async def sell(till: Till, sku: str) -> None:
    order = {"till": "T1", "cashier": "C7", "lines": [{"sku": sku}]}
    tenders = [{"kind": "cash", "amount_fen": 100}]
    assert (await till.post(SALES, {**order, "tenders": tenders})).status == 201


async def quick(till: Till) -> list[str]:
    """The loose goods among the quick articles; the chain of these tests has rice besides."""
    told = (await till.get("/api/v1/quick-articles")).json["articles"]
    return [one["sku"] for one in told if one["sku"] in (*LOOSE, "gone")]
