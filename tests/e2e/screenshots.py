"""python -m tests.e2e.screenshots: pictures of the till page's main screens, for docs/screens."""

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.conftest import CHROMIUM, CHROMIUM_OPTIONS
from tests.e2e.goods import (
    COFFEE,
    MEMBER_LAST_FOUR,
    MILK,
    OIL,
    RICE,
    TENTH_OFF,
    THIRTY_LESS_FIVE,
)
from tests.e2e.screen.looks import still
from tests.e2e.shop import Shop, open_shop
from tests.e2e.till_screen import TillScreen
from tests.e2e.windows import PHONE, begin_at_once, empty_window, open_window
from tests.lab.line import LineCut

DIRECTORY = Path(__file__).parents[2] / "docs" / "screens"
COLOURS = 256
"""Enough for a page of plain colours, and a third of the bytes."""
SAME_CODE_S = 2.6
"""So long a second read of the same code still shows the first verdict."""
OFFLINE_MS = 20_000


async def main() -> None:
    """Walk through a shift and take the pictures."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        async with open_shop(Path(directory)) as shop, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=CHROMIUM_OPTIONS
            )
            await _in_chinese(shop, browser)
            await _in_english(shop, browser)
            await _on_a_phone(shop, browser)
            await _in_training(shop, browser)
            await _towards_the_customer(shop, browser)
            await browser.close()


async def _in_chinese(shop: Shop, browser: Browser) -> None:
    async with open_window(shop, browser) as page:
        till = TillScreen(page, shop)
        await till.ready()
        await _take(page, "sign-in")
        await till.begin(shop.cashier)
        used = await shop.coupon(THIRTY_LESS_FIVE)
        await _fill_basket(till)
        await till.scan(used)
        await till.expect_verdict("good")
        await _take(page, "basket")
        await shop.site.line.cut(LineCut.REFUSE)
        await expect(till.chip("line")).to_contain_text("断网", timeout=OFFLINE_MS)
        await till.scan(await shop.coupon(TENTH_OFF, store=None))
        await till.expect_verdict("risk")
        await _take(page, "at-risk")
        await page.keyboard.press("F9")
        await expect(till.sheet("pay")).to_be_visible()
        await _take(page, "pay")
        await page.keyboard.press("Escape")
        await till.pay_cash("150")
        await expect(till.sheet("done")).to_contain_text("已打印")
        await _take(page, "done")
        await page.keyboard.press("Enter")
        await asyncio.sleep(SAME_CODE_S)
        await till.scan(used)
        await till.expect_verdict("bad", "已使用")
        await _take(page, "used")
        await _after_the_sale(till)
        await shop.site.line.mend()


async def _after_the_sale(till: TillScreen) -> None:
    await till.scan(COFFEE)
    await till.pay_cash("50")
    await till.page.keyboard.press("Enter")
    await till.page.keyboard.press("F7")
    await expect(till.page.locator(".receipt-row")).to_have_count(2)
    await _take(till.page, "receipts")
    await till.page.locator("[data-focus^=refund]").last.click()
    await till.page.click("[data-focus=refund-whole]")
    await till.page.fill("#refund-why", "质量问题")
    await expect(till.sheet("refund").locator(".due strong")).not_to_have_text("¥0.00")
    await _take(till.page, "refund")
    await till.page.keyboard.press("Escape")
    await till.page.keyboard.press("Escape")
    await till.page.keyboard.press("F8")
    await till.page.locator("[data-tile=close]").click()
    for note, pieces in ((10000, 4), (1000, 3), (500, 2)):
        await till.page.fill(f"#note-{note}", str(pieces))
    await _take(till.page, "closing")
    await till.sheet("closing").get_by_role("button", name="交班并打印").click()
    await expect(till.sheet("report")).to_be_visible()
    await _take(till.page, "z-report")
    await till.page.keyboard.press("Escape")


async def _in_english(shop: Shop, browser: Browser) -> None:
    async with empty_window(shop, browser, language="en") as page:
        till = await begin_at_once(page, shop)
        await _fill_basket(till)
        await till.scan(await shop.coupon(THIRTY_LESS_FIVE))
        await till.expect_verdict("good")
        await _take(page, "basket-en")


async def _on_a_phone(shop: Shop, browser: Browser) -> None:
    async with empty_window(shop, browser, size=PHONE) as page:
        till = await begin_at_once(page, shop)
        await till.scan(RICE)
        await till.scan(await shop.coupon(THIRTY_LESS_FIVE))
        await till.expect_verdict("good")
        await _take(page, "phone")


async def _in_training(shop: Shop, browser: Browser) -> None:
    async with open_window(shop, browser) as page:
        till = TillScreen(page, shop)
        await till.ready()
        await till.sign_in(shop.cashier, training=True)
        await till.settle_shift()
        await till.scan(MILK)
        await expect(till.lines).to_have_count(1)
        await _take(page, "training")


async def _towards_the_customer(shop: Shop, browser: Browser) -> None:
    async with empty_window(shop, browser) as page:
        till = await begin_at_once(page, shop)
        window = await page.context.new_page()
        await window.goto("/customer")
        await _fill_basket(till)
        await till.scan(await shop.coupon(THIRTY_LESS_FIVE))
        await expect(window.locator(".saved").first).to_be_visible()
        await _take(window, "customer")


async def _fill_basket(till: TillScreen) -> None:
    for code in (RICE, MILK, MILK, OIL):
        await till.scan(code)
    await expect(till.lines).to_have_count(3)
    await till.page.keyboard.press("F3")
    await till.page.fill("#member-query", MEMBER_LAST_FOUR)
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("button.choice")).to_be_focused()
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator(".member.known")).to_be_visible()


async def _take(page: Page, name: str) -> None:
    await still(page)
    picture = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    small = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(DIRECTORY / f"{name}.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
