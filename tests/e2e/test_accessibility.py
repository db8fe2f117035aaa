"""axe-core finds no serious fault on any main screen, in both languages."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.e2e.shop import Shop
from tests.e2e.tour import tour
from tests.e2e.windows import begin_at_once

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

GRAVE = ("serious", "critical")
AXE = Axe()
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": STANDARDS}}
PALE = '<html lang="en"><title>x</title><main><h1>Till</h1><p style="color:#bbb">pale</p></main>'


async def grave_faults(page: Page) -> list[str]:
    """What axe-core finds serious or critical: rule and element each."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.axe_script)
    found: dict[str, Any] = await page.evaluate("(options) => axe.run(options)", OPTIONS)
    return [
        f"{fault['id']}: {node['html']}"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


async def test_pale_text_is_found(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content(PALE)
    faults = await grave_faults(page)
    await page.close()
    assert [fault.split(":")[0] for fault in faults] == ["color-contrast"]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_no_main_screen_has_a_serious_fault(
    shared_window: Page, shop: Shop, language: str
) -> None:
    await shared_window.evaluate(f"document.cookie = 'store_language={language}; Path=/'")
    till = await begin_at_once(shared_window, shop)
    await expect(shared_window.locator("html")).to_have_attribute("lang", language)
    faults = {name: await grave_faults(shared_window) async for name in tour(till)}
    assert {name: found for name, found in faults.items() if found} == {}
