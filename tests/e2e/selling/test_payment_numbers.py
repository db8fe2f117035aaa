"""Several payments for one sale: what is left stays in sight, and each may bear its number."""

import pytest
from playwright.async_api import expect

from tests.e2e.goods import MILK, RICE
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def test_what_is_left_stays_in_sight_and_a_payment_keeps_its_number(
    counter: TillScreen,
) -> None:
    page, pay = counter.page, counter.sheet("pay")
    for code in (MILK, RICE):
        await counter.scan(code)
    await expect(counter.lines).to_have_count(2)
    await page.keyboard.press("F9")
    await page.click("[data-focus=way-card]")
    await page.fill("#given", "30")
    await page.keyboard.press("Enter")
    await expect(pay.locator(".left strong")).to_have_text("¥23.40")
    await page.click("[data-focus=way-wechat]")
    await page.keyboard.press("Enter")
    await page.focus("#reference-0")
    await counter.scan("P20261130-000042")
    await expect(page.locator("#reference-0")).to_have_value("P20261130-000042")
    await page.focus("#reference-1")
    await counter.scan("134567890123456789")  # is money: nobody keeps it
    await counter.expect_verdict("warn", "这是付款码")
    await expect(page.locator("#reference-1")).to_have_value("")
    await page.click("[data-focus=finish]")
    await expect(counter.sheet("done")).to_be_visible()
    found = await counter.api("GET", "/sales?limit=1")
    sale_id = found["receipts"][0]["sale_id"]  # type: ignore[index]
    sale = (await counter.api("GET", f"/sales/{sale_id}"))["sale"]
    assert [one.get("reference") for one in sale["tenders"]] == ["P20261130-000042", None]  # type: ignore[index]
