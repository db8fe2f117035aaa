"""The API's page in a real browser: it obeys its own policy, and everybody can read it."""

import pytest
from playwright.async_api import Browser

from tests.e2e.screen.long_page import CONTRAST, contrast_faults, other_faults
from tests.e2e.shop import Shop

WIDTHS = (1280, 360)
LAST_TEXT = "[...document.querySelectorAll('main > section:last-of-type p')].at(-1)"


@pytest.mark.asyncio(loop_scope="session")
async def test_the_api_page_obeys_its_policy_and_has_no_grave_fault_of_access(
    shop: Shop, browser: Browser
) -> None:
    page = await browser.new_page(base_url=shop.site.url)
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    looks: set[str] = set()
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto("/docs")
        assert told == []  # a browser tells there what a policy kept out
        weight = "one => getComputedStyle(one).fontWeight"
        assert await page.locator(".method").first.evaluate(weight) == "700"  # the style counts
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        assert await other_faults(page) == []
        assert await contrast_faults(page, looks) == []
    assert looks
    await page.evaluate(f"{LAST_TEXT}.style.color = '#bbb'")
    (pale,) = await contrast_faults(page, looks)
    assert pale.startswith(CONTRAST)
    await page.close()
