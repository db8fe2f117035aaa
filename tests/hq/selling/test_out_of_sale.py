"""Head office takes articles out of sale and puts them back; an import changes nothing of that."""

import pytest

from sync.hq.errors import AdminError
from sync.hq.selling.articles import list_articles, put_articles, withdraw_articles
from sync.protocol.changes import ArticleChange
from tests.hq.head_office import HeadOffice, StoreClient

MILK = ArticleChange(sku="A1", name="milk", price_fen=500)
BREAD = ArticleChange(sku="A2", name="bread", price_fen=300)


async def test_every_store_is_told_once_and_again_when_it_is_put_back(
    hq: HeadOffice, store: StoreClient
) -> None:
    await put_articles(hq.db, [MILK, BREAD])

    assert await withdraw_articles(hq.db, ["A1"]) == 1
    assert await withdraw_articles(hq.db, ["A1", "A2"]) == 1
    assert await withdraw_articles(hq.db, ["A1", "A2"], withdrawn=False) == 2

    told = [
        (change["sku"], change.get("withdrawn", False)) for change in await store.changes("article")
    ]
    assert told[:2] == [("A1", False), ("A2", False)]
    assert told[2:4] == [("A1", True), ("A2", True)]
    assert sorted(told[4:]) == [("A1", False), ("A2", False)]


async def test_an_import_leaves_it_out_of_sale(hq: HeadOffice, store: StoreClient) -> None:
    await put_articles(hq.db, [MILK])
    await withdraw_articles(hq.db, ["A1"])

    await put_articles(hq.db, [ArticleChange(sku="A1", name="milk", price_fen=550)])

    [article] = await list_articles(hq.db)
    assert (article.price_fen, article.withdrawn) == (550, True)
    last = (await store.changes("article"))[-1]
    assert (last["price_fen"], last["withdrawn"]) == (550, True)


async def test_what_nobody_has_is_refused_and_nothing_changes(hq: HeadOffice) -> None:
    await put_articles(hq.db, [MILK])

    with pytest.raises(AdminError, match="no article 'A9'"):
        await withdraw_articles(hq.db, ["A1", "A9"])
    assert await list_articles(hq.db) == [MILK]
