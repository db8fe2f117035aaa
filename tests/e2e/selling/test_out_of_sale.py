"""What head office changes amid a sale is on the screen at once, and the sale can be finished."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from agent.store.selling import articles
from sync.hq.selling.articles import list_articles, put_articles, withdraw_articles
from sync.protocol.changes import ArticleChange
from tests.e2e.goods import MILK, MILK_NAME, RICE, RICE_NAME
from tests.e2e.shop import SUPPLY_TIMEOUT_S, Shop
from tests.e2e.till_screen import TillScreen
from tests.lab.until import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

GONE = re.compile("停售")


async def article(shop: Shop, name: str) -> ArticleChange:
    async with shop.chain.hq.connection() as connection:
        return next(one for one in await list_articles(connection) if one.name == name)


async def withdraw(shop: Shop, sku: str, *, withdrawn: bool = True) -> None:
    async with shop.chain.hq.connection() as connection:
        await withdraw_articles(connection, [sku], withdrawn=withdrawn)

    async def knows() -> bool:
        with shop.site.database() as db:
            return articles.articles(db, [sku])[sku].withdrawn is withdrawn

    await until("the store knows", knows, timeout_s=SUPPLY_TIMEOUT_S)


@pytest_asyncio.fixture(loop_scope="session")
async def rice(counter: TillScreen) -> AsyncIterator[ArticleChange]:
    """An article that is as it was when the test has ended."""
    before = await article(counter.shop, RICE_NAME)
    yield before
    async with counter.shop.chain.hq.connection() as connection:
        await put_articles(connection, [before])
        await withdraw_articles(connection, [before.sku], withdrawn=False)


async def test_an_article_taken_out_of_sale_while_it_lies_in_the_basket(
    counter: TillScreen, rice: ArticleChange
) -> None:
    await counter.scan(MILK)
    await counter.scan(RICE)
    await expect(counter.lines).to_have_text([re.compile(MILK_NAME), re.compile(RICE_NAME)])

    await withdraw(counter.shop, rice.sku)

    await counter.expect_verdict("bad", "停售", RICE_NAME)
    await expect(counter.lines.nth(1)).to_have_text(GONE)
    await counter.page.keyboard.press("F9")
    await expect(counter.sheet("pay")).to_be_hidden()
    await counter.expect_verdict("bad", "停售", RICE_NAME)
    await counter.page.locator("[data-focus=remove-1]").click()
    await expect(counter.lines).to_have_count(1)
    await counter.pay_cash("5")


async def test_a_scan_of_it_is_refused_until_it_is_put_back(
    counter: TillScreen, rice: ArticleChange
) -> None:
    await counter.scan(MILK)
    await expect(counter.lines).to_have_count(1)
    await withdraw(counter.shop, rice.sku)
    await counter.scan(RICE)
    await counter.expect_verdict("bad", "停售", RICE_NAME)
    await expect(counter.lines).to_have_count(1)
    await withdraw(counter.shop, rice.sku, withdrawn=False)
    await counter.scan(RICE)
    await expect(counter.lines).to_have_count(2)
