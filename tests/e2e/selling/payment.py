"""Taking the money on the till page."""

import re

from playwright.async_api import expect

from tests.e2e.till_screen import TillScreen

WAYS = {"cash": "现金", "card": "银行卡", "wechat": "微信", "alipay": "支付宝"}


async def pay(till: TillScreen, *tenders: tuple[str, str]) -> str:
    """Take (way, yuan) one after the other for the basket; return the receipt's number."""
    await till.page.keyboard.press("F9")
    for way, yuan in tenders:
        await till.sheet("pay").get_by_role("button", name=WAYS[way], exact=True).click()
        await till.page.fill("#given", yuan)
        await till.page.keyboard.press("Enter")
    await expect(till.page.locator("button.finish")).to_be_focused()
    await till.page.keyboard.press("Enter")
    receipt = till.sheet("done").locator(".receipt")
    await expect(receipt).to_have_text(re.compile(r"-\d{6}$"))
    return await receipt.inner_text()


async def next_customer(till: TillScreen) -> None:
    """Turn to the next one."""
    await till.page.keyboard.press("Enter")
    await expect(till.sheet("done")).to_have_count(0)
    await expect(till.lines).to_have_count(0)
