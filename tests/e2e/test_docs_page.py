"""The API's page in a real browser: it obeys its own policy, and everybody can read it."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from tests.e2e.shop import Shop

GRAVE = {"serious", "critical"}


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("width", [1280, 360])
async def test_the_api_page_obeys_its_policy_and_has_no_grave_fault_of_access(
    shop: Shop, browser: Browser, width: int
) -> None:
    page = await browser.new_page(base_url=shop.site.url, viewport={"width": width, "height": 800})
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    await page.goto("/docs")
    assert told == []  # a browser tells there what a policy kept out
    weight = "one => getComputedStyle(one).fontWeight"
    assert await page.locator(".method").first.evaluate(weight) == "700"  # the style counts
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    found = (await Axe().run(page)).response["violations"]
    assert [fault["id"] for fault in found if fault["impact"] in GRAVE] == []
    await page.close()
