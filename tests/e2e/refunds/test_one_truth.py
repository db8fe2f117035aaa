"""One truth on a screen: the band follows the basket, an approval says what it is for, red texts go
when mended, a receipt shows what is in it, and times are the store's wherever the browser is."""

import re

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.goods import MILK, MILK_NAME, RICE, THIRTY_LESS_FIVE
from tests.e2e.screen.looks import misfits
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def test_band_receipt_and_approval_tell_what_is_so(
    counter: TillScreen, browser: Browser
) -> None:
    page = counter.page
    await counter.scan(RICE)
    await counter.expect_verdict("tick", "应付 ¥49.90")
    await page.keyboard.press("+")
    await counter.expect_verdict("tick", "应付 ¥99.80")
    await counter.scan(MILK)
    await expect(counter.lines).to_have_count(2)
    await page.keyboard.press("Delete")
    await counter.expect_verdict("idle")
    await counter.scan(await counter.shop.coupon(THIRTY_LESS_FIVE))
    await counter.expect_verdict("good", "¥5.00")
    await counter.scan(MILK)

    receipt = await pay(counter, ("wechat", "50"), ("cash", "50"))
    await next_customer(counter)
    await page.keyboard.press("F7")
    row = page.locator(f"[data-receipt={receipt}]")
    at = await row.locator("button.what .quiet").inner_text()
    await expect_the_same_time_elsewhere(browser, page, receipt, at)

    await row.locator(f"[data-focus=show-{receipt}]").click()
    shown = counter.sheet("receipt")
    for words in ("2 件 × ¥49.90", MILK_NAME, "合计 3 件", "满30减5", "−¥5.00", "¥98.30"):
        await expect(shown).to_contain_text(words)
    await expect(shown).to_contain_text(re.compile(r"微信.*¥50\.00.*现金.*¥50\.00.*找零.*¥1\.70"))
    assert await misfits(page) == []
    await shown.get_by_role("button", name="退款").click()

    refund = counter.sheet("refund")
    await expect(refund.locator(".due strong")).to_have_text("¥0.00")
    await page.keyboard.press("Enter")
    await expect(refund.locator(".wrong")).to_have_text("请选择退回的件数。")
    await refund.get_by_role("button", name=f"{MILK_NAME} 加一件").click()
    await expect(refund.locator(".wrong")).to_have_text("")
    await refund.locator("[data-focus=refund-submit]").click()
    await expect(refund.locator(".wrong")).to_have_text("请填写原因。")
    await page.fill("#refund-why", "质量问题")
    await expect(refund.locator(".wrong")).to_have_text("")
    await refund.locator("[data-focus=refund-whole]").click()
    await expect(refund.locator(".due strong")).to_have_text("¥98.30")
    await page.locator("[data-focus=refund-submit]").click()

    asked = counter.sheet("approval").locator("dl.facts")
    for words in (receipt, "¥98.30", "质量问题", counter.shop.cashier.number):
        await expect(asked).to_contain_text(words)
    await page.fill("#supervisor", counter.shop.supervisor.number)
    await page.fill("#supervisor-pin", "0000")
    await page.keyboard.press("Enter")
    await expect(page.locator("#approval-wrong")).not_to_have_text("")
    await page.fill("#supervisor-pin", "1")
    await expect(page.locator("#approval-wrong")).to_have_text("")
    await counter.scan(await staff_card(counter.shop))
    await counter.expect_verdict("good", "已退款 ¥98.30")
    await expect(shown).to_have_count(0)
    await expect(row).to_contain_text("已退 −¥98.30")


async def staff_card(shop: Shop) -> str:
    """A new card of the supervisor's."""
    headers = {"Authorization": f"Bearer {shop.site.api_key()}"}
    path = f"/api/v1/cashiers/{shop.supervisor.number}/card"
    async with aiohttp.ClientSession(shop.site.url, headers=headers, raise_for_status=True) as api:
        return str((await (await api.post(path, json={})).json())["card"])


async def expect_the_same_time_elsewhere(
    browser: Browser, page: Page, receipt: str, at: str
) -> None:
    """A browser that is set to another zone shows the store's time all the same."""
    state = await page.context.storage_state()
    elsewhere = await browser.new_context(timezone_id="America/New_York", storage_state=state)
    other = await elsewhere.new_page()
    await other.goto(page.url)
    await expect(other.locator("body[data-ready]")).to_be_attached()
    await other.keyboard.press("F7")
    row = other.locator(f"[data-receipt={receipt}] button.what .quiet")
    await expect(row).to_have_text(at)
    await elsewhere.close()
