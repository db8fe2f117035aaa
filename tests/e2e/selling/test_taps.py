"""How many taps the common ways of paying take after the last scan."""

import pytest
from playwright.async_api import expect

from tests.e2e.goods import MILK, RICE
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def _two_articles(counter: TillScreen) -> None:
    for code in (MILK, RICE):
        await counter.scan(code)
    await expect(counter.lines).to_have_count(2)


async def test_cash_takes_two_taps(counter: TillScreen) -> None:
    await _two_articles(counter)
    await counter.page.click("[data-focus=pay]")
    await counter.page.locator("button.note").nth(1).click()
    await expect(counter.sheet("done").locator(".change strong")).not_to_have_text("¥0.00")


@pytest.mark.parametrize(("way", "name"), [("wechat", "微信"), ("alipay", "支付宝")])
async def test_money_by_telephone_takes_one_tap_and_a_confirmation(
    counter: TillScreen, way: str, name: str
) -> None:
    await _two_articles(counter)
    to_pay = await counter.payable.inner_text()
    await counter.page.click(f"[data-focus=pay-{way}]")
    confirm = counter.page.locator("button.finish")
    await expect(confirm).to_have_text(f"{name} {to_pay} 确认收款")
    await confirm.click()
    await expect(counter.sheet("done")).to_be_visible()
