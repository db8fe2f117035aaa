"""How many taps and keys the common ways take; docs/cashier.md says the same in its table."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.desk import desk_at, sign_out
from tests.e2e.goods import MEMBER_LAST_FOUR, MILK, OIL, RICE
from tests.e2e.selling.payment import next_customer
from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen
from tests.e2e.windows import begin_at_once, empty_window

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

GUIDE = Path(__file__).parents[3] / "docs" / "cashier.md"
_ROW = re.compile(r"^\| (\w+)（.*\| (\d+) \| (\d+) \|$", re.MULTILINE)

_COUNT = """() => {
    window.counted = {taps: 0, keys: 0};
    addEventListener("click", (event) => (counted.taps += event.detail > 0), true);
    addEventListener("keydown", () => (counted.keys += 1), true);
}"""


class Cost(NamedTuple):
    """What a way asks of the cashier's hand."""

    taps: int
    keys: int


def promised() -> dict[str, Cost]:
    """The table of the guide, by way."""
    rows = _ROW.findall(GUIDE.read_text("utf-8"))
    return {way: Cost(int(taps), int(keys)) for way, taps, keys in rows}


@asynccontextmanager
async def counted(page: Page, way: str) -> AsyncIterator[None]:
    """Count what the body does; it is what the guide says."""
    if not await page.evaluate("'counted' in window"):
        await page.evaluate(_COUNT)
    await page.evaluate("Object.assign(counted, {taps: 0, keys: 0})")
    yield
    assert Cost(**await page.evaluate("counted")) == promised()[way], way


async def test_the_promised_ways_are_short() -> None:
    costs = promised()
    assert costs["现金"] <= Cost(2, 0)
    assert costs["微信"] == costs["支付宝"] == Cost(2, 0)
    assert costs["会员"] == Cost(1, 4)
    assert sum(costs["登录"]) <= 6
    assert costs["退款"] == Cost(3, 5), "a PIN of four digits and Enter"


async def test_paying_takes_two_taps(counter: TillScreen) -> None:
    page = counter.page
    await _two_articles(counter)
    async with counted(page, "现金"):
        await page.click("[data-focus=pay]")
        await page.locator("button.note").nth(1).click()
        await expect(counter.sheet("done").locator(".change strong")).not_to_have_text("¥0.00")
    await next_customer(counter)
    for way, name in (("wechat", "微信"), ("alipay", "支付宝")):
        await _two_articles(counter)
        to_pay = await counter.payable.inner_text()
        async with counted(page, name):
            await page.click(f"[data-focus=pay-{way}]")
            confirm = page.locator("button.finish")
            await expect(confirm).to_have_text(f"{name} {to_pay} 确认收款")
            await confirm.click()
            await expect(counter.sheet("done")).to_be_visible()
        await next_customer(counter)


async def test_a_member_takes_four_digits(counter: TillScreen) -> None:
    async with counted(counter.page, "会员"):
        await counter.page.click("[data-focus=member]")
        await counter.page.keyboard.type(MEMBER_LAST_FOUR)
        await expect(counter.page.locator(".member.known")).to_contain_text(MEMBER_LAST_FOUR)
    await expect(counter.sheet("members")).to_have_count(0)


async def test_four_digits_with_which_a_number_may_begin_wait_for_the_rest(
    counter: TillScreen,
) -> None:
    await counter.page.clock.install()
    await counter.page.keyboard.press("F3")
    await counter.page.keyboard.type("1381")
    await counter.page.clock.fast_forward(5_000)
    await expect(counter.sheet("members").locator(".found")).to_be_empty()
    await counter.page.keyboard.press("Escape")


async def test_who_worked_here_lately_signs_in_and_gives_back_with_few_keys(
    shop: Shop, browser: Browser
) -> None:
    async with empty_window(shop, browser) as page:
        till = await begin_at_once(page, shop)
        await sign_out(till)
        await till.sign_in(shop.cashier)
        await sign_out(till)
        async with counted(page, "登录"):
            await page.click(f"[data-cashier='{shop.cashier.number}']")
            await page.keyboard.type(shop.cashier.pin)
            await page.keyboard.press("Enter")
            await expect(till.sheet("sign-in")).to_have_count(0)
        desk = desk_at(till)
        for _ in range(2):  # the first time the supervisor is not known here yet
            for code in (OIL, OIL, RICE):
                await till.scan(code)
            receipt = await till.pay_cash("200")
            await next_customer(till)
            await desk.receipts.open()
            if _ == 0:
                await desk.receipts.refund(receipt, "收错款", by=shop.supervisor)
                await desk.receipts.close()
        async with counted(page, "退款"):
            await desk.receipts.row(receipt).get_by_role("button", name="退款").click()
            sheet = till.sheet("refund")
            await sheet.locator("[data-focus=refund-whole]").click()
            await expect(sheet.locator(".due .warning")).to_be_visible()
            await sheet.locator(".reasons button").first.click()
            await expect(page.locator("#supervisor-pin")).to_be_focused()
            await page.keyboard.type(shop.supervisor.pin)
            await page.keyboard.press("Enter")
            await till.expect_verdict("good", "已退款")


async def _two_articles(counter: TillScreen) -> None:
    for code in (MILK, RICE):
        await counter.scan(code)
    await expect(counter.lines).to_have_count(2)
