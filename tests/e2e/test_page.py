"""The till page is there, whole, from the agent alone."""

import pytest
from playwright.async_api import Page

from tests.e2e.shop import Shop

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def test_the_page_loads_with_nothing_from_outside(page: Page, shop: Shop) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.reload(wait_until="load")
    assert asked
    assert [url for url in asked if not url.startswith(shop.site.url)] == []
