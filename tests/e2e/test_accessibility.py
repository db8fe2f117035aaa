"""axe-core finds no serious fault on any main screen, in both languages."""

from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.e2e.goods import MILK, RICE, THIRTY_LESS_FIVE
from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen
from tests.e2e.windows import begin_at_once

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

GRAVE = ("serious", "critical")
AXE = Axe()
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": STANDARDS}}
PALE = '<html lang="en"><title>x</title><main><h1>Till</h1><p style="color:#bbb">pale</p></main>'


class Tour:
    """Walks through the page; what axe-core finds on each screen is noted under its name."""

    def __init__(self, till: TillScreen) -> None:
        self.till = till
        self.page = till.page
        self.faults: dict[str, list[str]] = {}

    async def look(self, name: str) -> None:
        """Let axe-core look at what is on the screen, once nothing moves any more."""
        await self.page.evaluate("Promise.all(document.getAnimations().map((it) => it.finished))")
        self.faults[name] = await grave_faults(self.page)

    async def look_at(self, name: str, key: str) -> None:
        """Open a sheet by its key and look."""
        await self.page.keyboard.press(key)
        await expect(self.till.sheet(name)).to_be_visible()
        await self.look(name)

    async def back(self) -> None:
        """Close the topmost sheet."""
        await self.page.keyboard.press("Escape")


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
    tour = Tour(till)
    for part in (_verdicts, _functions, _sale, _receipts, _shift, _locked):
        await part(tour)
    assert {name: faults for name, faults in tour.faults.items() if faults} == {}


async def _verdicts(tour: Tour) -> None:
    till = tour.till
    await tour.look("empty till")
    await till.scan(await till.shop.coupon(THIRTY_LESS_FIVE))
    await till.expect_verdict("good")
    await tour.look("green verdict")
    await till.scan(MILK)
    await till.scan(await till.shop.coupon(THIRTY_LESS_FIVE))
    await till.expect_verdict("warn")
    await tour.look("amber verdict")
    await till.scan(await _used_elsewhere(till.shop))
    await till.expect_verdict("bad", "T2")
    await tour.look("red verdict")
    await tour.page.locator(".coupon .remove").last.click()
    await expect(tour.page.locator(".coupon")).to_have_count(1)
    await till.scan(RICE)
    await expect(till.lines).to_have_count(2)
    await tour.look("basket")


async def _functions(tour: Tour) -> None:
    for name, key in (("help", "F1"), ("members", "F3"), ("settings", "F10")):
        await tour.look_at(name, key)
        await tour.back()
    await tour.page.keyboard.press("F2")
    await tour.page.fill("#article-query", "A00")
    await expect(tour.page.locator("button.choice").first).to_be_visible()
    await tour.look("search")
    await tour.back()
    await tour.page.click("[data-focus=count-0]")
    await tour.look("quantity")
    await tour.back()
    await tour.page.keyboard.press("F4")
    await expect(tour.till.lines).to_have_count(0)
    await tour.page.keyboard.press("F4")
    await expect(tour.page.locator("button.choice")).to_be_focused()
    await tour.look("held baskets")
    await tour.page.keyboard.press("Enter")
    await expect(tour.till.lines).to_have_count(2)


async def _sale(tour: Tour) -> None:
    await tour.look_at("pay", "F9")
    await tour.page.keyboard.press("Enter")
    await expect(tour.page.locator("button.finish")).to_be_focused()
    await tour.look("paid")
    await tour.page.keyboard.press("Enter")
    await expect(tour.till.sheet("done")).to_be_visible()
    await tour.look("done")
    await tour.page.keyboard.press("Enter")


async def _receipts(tour: Tour) -> None:
    await tour.page.keyboard.press("F7")
    row = tour.page.locator(".receipt-row").first
    await expect(row).to_be_visible()
    await tour.look("receipts")
    await row.locator("[data-focus^=refund]").click()
    await expect(tour.till.sheet("refund")).to_be_visible()
    await tour.look("refund")
    await tour.page.fill("#refund-why", "?")
    await tour.page.keyboard.press("Enter")
    await expect(tour.till.sheet("approval")).to_be_visible()
    await tour.look("approval")
    for _ in range(3):
        await tour.back()


async def _shift(tour: Tour) -> None:
    await tour.look_at("shift", "F8")
    await tour.page.click("[data-tile=cash_in]")
    await tour.look("cash in")
    await tour.back()
    await tour.page.keyboard.press("F8")
    await tour.page.click("[data-tile=close]")
    await expect(tour.till.sheet("closing")).to_be_visible()
    await tour.look("closing")
    await tour.back()
    await tour.page.click("[data-chip=printer]")
    await expect(tour.till.sheet("printer")).to_be_visible()
    await tour.look("printer")
    await tour.back()


async def _locked(tour: Tour) -> None:
    await tour.till.api("POST", "/sessions/current/lock", {})
    await tour.till.reload()
    await expect(tour.till.sheet("unlock")).to_be_visible()
    await tour.look("locked")
    await tour.till.api("DELETE", "/sessions/current", {})
    await tour.till.reload()
    await expect(tour.till.sheet("sign-in")).to_be_visible()
    await tour.look("sign-in")


async def _used_elsewhere(shop: Shop) -> str:
    """A coupon that another till of the store has just redeemed."""
    code = await shop.coupon(THIRTY_LESS_FIVE)
    headers = {"Authorization": f"Bearer {shop.site.api_key()}", "Idempotency-Key": str(uuid4())}
    order = {"till": "T2", "cashier": "1002", "code": code, "order_fen": 5_000}
    async with aiohttp.ClientSession(shop.site.url, raise_for_status=True) as session:
        await session.post("/api/v1/redemptions", json=order, headers=headers)
    return code
