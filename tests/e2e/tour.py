"""A tour of the till page's main screens, for whoever has to look at each of them."""

from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp
from playwright.async_api import expect

from tests.e2e.goods import MILK, RICE, THIRTY_LESS_FIVE
from tests.e2e.screen.looks import still
from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen


async def tour(till: TillScreen) -> AsyncIterator[str]:
    """Walk from the empty till to the sign-in; yield each screen's name while it is shown."""
    for part in (_verdicts, _functions, _sale, _receipts, _shift, _left):
        async for name in part(till):
            await still(till.page)
            yield name


async def _verdicts(till: TillScreen) -> AsyncIterator[str]:
    yield "empty till"
    await till.scan(await till.shop.coupon(THIRTY_LESS_FIVE))
    await till.expect_verdict("good")
    yield "green verdict"
    await till.scan(MILK)
    await till.scan(await till.shop.coupon(THIRTY_LESS_FIVE))
    await till.expect_verdict("warn")
    yield "amber verdict"
    await till.scan(await _used_elsewhere(till.shop))
    await till.expect_verdict("bad", "T2")
    yield "red verdict"
    await till.page.locator(".coupon .remove").last.click()
    await expect(till.page.locator(".coupon")).to_have_count(1)
    await till.scan(RICE)
    await expect(till.lines).to_have_count(2)
    yield "basket"


async def _functions(till: TillScreen) -> AsyncIterator[str]:
    for name, key in (("help", "F1"), ("members", "F3"), ("settings", "F10")):
        await till.page.keyboard.press(key)
        await expect(till.sheet(name)).to_be_visible()
        yield name
        await _back(till)
    await till.page.keyboard.press("F2")
    await till.page.fill("#article-query", "A00")
    await expect(till.page.locator("button.choice").first).to_be_visible()
    yield "search"
    await _back(till)
    await till.page.click("[data-focus=count-0]")
    yield "quantity"
    await _back(till)
    await till.page.keyboard.press("F4")
    await expect(till.lines).to_have_count(0)
    await till.page.keyboard.press("F4")
    await expect(till.page.locator("button.choice").first).to_be_focused()
    yield "held baskets"
    await till.page.keyboard.press("Enter")
    await expect(till.lines).to_have_count(2)


async def _sale(till: TillScreen) -> AsyncIterator[str]:
    await till.page.keyboard.press("F9")
    await expect(till.sheet("pay")).to_be_visible()
    yield "pay"
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("button.finish")).to_be_focused()
    yield "paid"
    await till.page.keyboard.press("Enter")
    await expect(till.sheet("done")).to_be_visible()
    yield "done"
    await till.page.keyboard.press("Enter")


async def _receipts(till: TillScreen) -> AsyncIterator[str]:
    await till.page.keyboard.press("F7")
    row = till.page.locator(".receipt-row").first
    await expect(row).to_be_visible()
    yield "receipts"
    await row.locator("[data-focus^=refund]").click()
    await expect(till.sheet("refund")).to_be_visible()
    yield "refund"
    await till.page.click("[data-focus=refund-whole]")
    await till.page.fill("#refund-why", "?")
    await till.page.keyboard.press("Enter")
    await expect(till.sheet("approval")).to_be_visible()
    yield "approval"
    for _ in range(3):
        await _back(till)


async def _shift(till: TillScreen) -> AsyncIterator[str]:
    await till.page.keyboard.press("F8")
    await expect(till.sheet("shift")).to_be_visible()
    yield "shift"
    await till.page.click("[data-tile=cash_in]")
    yield "cash in"
    await _back(till)
    await till.page.keyboard.press("F8")
    await till.page.click("[data-tile=close]")
    await expect(till.sheet("closing")).to_be_visible()
    yield "closing"
    await _back(till)
    await till.page.click("[data-chip=printer]")
    await expect(till.sheet("printer")).to_be_visible()
    yield "printer"
    await _back(till)


async def _left(till: TillScreen) -> AsyncIterator[str]:
    await till.api("POST", "/sessions/current/lock", {})
    await till.reload()
    await expect(till.sheet("unlock")).to_be_visible()
    yield "locked"
    await till.api("DELETE", "/sessions/current", {})
    await till.reload()
    await expect(till.sheet("sign-in")).to_be_visible()
    yield "sign-in"


async def _back(till: TillScreen) -> None:
    """Close the topmost sheet."""
    await till.page.keyboard.press("Escape")


async def _used_elsewhere(shop: Shop) -> str:
    """A coupon that another till of the store has just redeemed."""
    code = await shop.coupon(THIRTY_LESS_FIVE)
    headers = {"Authorization": f"Bearer {shop.site.api_key()}", "Idempotency-Key": str(uuid4())}
    order = {"till": "T2", "cashier": "1002", "code": code, "order_fen": 5_000}
    async with aiohttp.ClientSession(shop.site.url, raise_for_status=True) as session:
        await session.post("/api/v1/redemptions", json=order, headers=headers)
    return code
