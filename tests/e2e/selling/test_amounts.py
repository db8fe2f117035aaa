"""Amounts typed and touched: what is proposed gives way, what the customer gave stays."""

import pytest
from playwright.async_api import expect

from tests.e2e.goods import MILK, RICE, THIRTY_LESS_FIVE
from tests.e2e.screen.looks import misfits
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def test_a_touched_digit_takes_the_place_of_the_pieces_proposed(counter: TillScreen) -> None:
    await counter.scan(MILK)
    await counter.page.click("[data-focus=count-0]")
    await touch(counter, "1", "2")
    await expect(counter.page.locator("#pieces")).to_have_value("12")
    await touch(counter, "⌫")
    await expect(counter.page.locator("#pieces")).to_have_value("1")


@pytest.mark.parametrize("by", ["pad", "keyboard"])
async def test_an_amount_takes_the_place_of_the_sum_proposed(counter: TillScreen, by: str) -> None:
    await counter.scan(RICE)
    await counter.page.keyboard.press("F9")
    await counter.page.click("[data-focus=way-wechat]")
    given = counter.page.locator("#given")
    await expect(given).to_have_value("49.90")
    if by == "pad":
        await touch(counter, "2", "0")
    else:
        await counter.page.keyboard.type("20", delay=90)
    await expect(given).to_have_value("20")


async def test_cash_that_was_typed_stays_when_a_coupon_is_scanned(counter: TillScreen) -> None:
    await counter.scan(RICE)
    await counter.page.keyboard.press("F9")
    await counter.type_into("#given", "100")
    await counter.scan(await counter.shop.coupon(THIRTY_LESS_FIVE))
    await expect(counter.sheet("pay").locator(".payable strong")).to_have_text("¥44.90")
    await expect(counter.page.locator("#given")).to_have_value("100")


async def test_money_that_was_taken_counts_for_the_new_sum(counter: TillScreen) -> None:
    await counter.scan(RICE)
    await counter.page.keyboard.press("F9")
    pay = counter.sheet("pay")
    await counter.page.click("[data-focus=way-wechat]")
    await counter.page.fill("#given", "20")
    await counter.page.keyboard.press("Enter")
    await expect(pay.locator(".left strong")).to_have_text("¥29.90")
    await counter.page.click("[data-focus=way-cash]")
    await counter.page.fill("#given", "50")
    await counter.page.keyboard.press("Enter")
    await expect(pay.locator(".change strong")).to_have_text("¥20.10")
    await counter.scan(await counter.shop.coupon(THIRTY_LESS_FIVE))
    await expect(pay.locator(".change strong")).to_have_text("¥25.10")


async def test_a_way_without_change_keeps_no_more_than_is_to_pay(counter: TillScreen) -> None:
    await counter.scan(RICE)
    await counter.page.keyboard.press("F9")
    pay = counter.sheet("pay")
    await counter.page.click("[data-focus=way-card]")
    await counter.page.keyboard.press("Enter")
    await expect(counter.page.locator("button.finish")).to_be_focused()
    await counter.scan(await counter.shop.coupon(THIRTY_LESS_FIVE))
    await expect(pay.locator(".tenders li")).to_have_count(0)
    await expect(counter.page.locator("#given")).to_have_value("44.90")


async def test_change_of_any_length_fits(counter: TillScreen) -> None:
    await counter.scan(RICE)
    await counter.page.keyboard.press("F9")
    await counter.page.fill("#given", "999999999")
    await counter.page.keyboard.press("Enter")
    await expect(counter.page.locator("#pay-wrong")).to_have_text("请输入金额。")
    await counter.page.fill("#given", "99999999")
    await counter.page.keyboard.press("Enter")
    await counter.page.click("[data-focus=ask-yes]")
    change = counter.sheet("pay").locator(".change strong")
    await expect(change).to_have_text("¥99,999,949.10")
    assert await change.evaluate("(it) => it.scrollWidth <= it.clientWidth || !it.clientWidth")
    assert await misfits(counter.page) == []


async def touch(till: TillScreen, *keys: str) -> None:
    """Touch keys of the pad."""
    for key in keys:
        await till.page.locator(".numpad").get_by_text(key, exact=True).click()
