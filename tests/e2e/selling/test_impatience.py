"""Whoever presses twice, or before an answer is there, moves money once, and the right sum."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.e2e.goods import COFFEE, MILK, MILK_NAME, OIL, RICE
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

SLOWLY_S = 0.3
_DOUBLE_TAP = """(selector) => new Promise((done) => {
    const tap = () => document.querySelector(selector)
        .dispatchEvent(new MouseEvent("click", {bubbles: true, detail: 1}));
    const again = () => (tap(), done());
    new MutationObserver((_, watch) => (watch.disconnect(), setTimeout(again)))
        .observe(document.querySelector("#basket .lines"), {childList: true});
    tap();
})"""
"""The second tap as soon as the first has done its work."""


async def test_two_enters_put_cash_in_once(counter: TillScreen) -> None:
    sent = _sent(counter.page, "/cash")
    async with _slow_answer(counter.page, "**/cash"):
        await counter.page.keyboard.press("F8")
        await counter.page.locator("[data-tile=cash_in]").click()
        await counter.page.fill("#cash-amount", "20")
        await counter.page.fill("#cash-why", "补充零钱")
        await counter.page.keyboard.press("Enter")
        await counter.page.keyboard.press("Enter")
        await counter.expect_verdict("good", "¥20.00")
    await expect(counter.sheet("cash")).to_have_count(0)
    assert len(sent) == 1


async def test_two_enters_finish_one_sale(counter: TillScreen) -> None:
    sent = _sent(counter.page, "/sales")
    async with _slow_answer(counter.page, "**/sales"):
        await _offer_to_finish(counter)
        await counter.page.keyboard.press("Enter")
        await counter.page.keyboard.press("Enter")
        await expect(counter.sheet("done")).to_be_visible()
    assert len(sent) == 1


async def test_a_refund_is_of_the_pieces_that_are_shown(counter: TillScreen) -> None:
    await counter.scan(MILK)
    await counter.scan(MILK)
    await expect(counter.payable).to_have_text("¥7.00")
    receipt = await pay(counter, ("cash", "10"))
    await next_customer(counter)
    async with _slow_answer(counter.page, "**/refund-quotes"):
        await counter.page.keyboard.press("F7")
        await counter.page.locator(f"[data-focus='refund-{receipt}']").click()
        await counter.page.locator("[data-focus=refund-whole]").click()
        await expect(counter.sheet("refund").locator(".due strong")).to_have_text("¥7.00")
        await counter.page.fill("#refund-why", "质量问题")
        await counter.sheet("refund").get_by_role("button", name=f"{MILK_NAME} 减一件").click()
        await counter.page.locator("[data-focus=refund-submit]").click()
        await counter.approve(counter.shop.supervisor)
        await counter.expect_verdict("good", "已退款 ¥3.50")


async def test_a_scan_while_the_sale_is_recorded_is_the_next_customers(counter: TillScreen) -> None:
    async with _slow_answer(counter.page, "**/sales"):
        await _offer_to_finish(counter)
        await counter.page.keyboard.press("Enter")
        await counter.scan(MILK)
        await expect(counter.sheet("done").locator(".change.none strong")).to_have_text("¥49.90")
        await expect(counter.lines).to_have_text([re.compile(MILK_NAME)])
        await expect(counter.sheet("done")).to_contain_text("小票已打印")  # was told first


async def test_a_scan_before_the_last_enter_is_paid_for(counter: TillScreen) -> None:
    sent = _sent(counter.page, "/sales")
    async with _slow_answer(counter.page, "**/scans"):
        await _offer_to_finish(counter)
        await counter.scan(MILK)
        await counter.page.keyboard.press("Enter")
        await expect(counter.sheet("pay").locator(".left strong")).to_have_text("¥3.50")
    assert sent == []


async def test_a_scan_while_the_basket_is_set_aside_goes_into_the_next(
    counter: TillScreen,
) -> None:
    async with _slow_answer(counter.page, "**/held"):
        await counter.scan(RICE)
        await expect(counter.lines).to_have_count(1)
        await counter.page.keyboard.press("F4")
        await counter.scan(MILK)
        await expect(counter.lines).to_have_text([re.compile(MILK_NAME)])


async def test_f4_pressed_twice_sets_one_basket_aside(counter: TillScreen) -> None:
    sent = _sent(counter.page, "/held")
    async with _slow_answer(counter.page, "**/held"):
        await counter.scan(RICE)
        await expect(counter.lines).to_have_count(1)
        await counter.page.keyboard.press("F4")
        await counter.page.keyboard.press("F4")
        await expect(counter.page.locator("[data-notice=held]")).to_be_visible()
    await expect(counter.verdict).to_have_attribute("data-tone", "idle")
    assert len(sent) == 1


async def test_each_press_puts_one_piece_more(counter: TillScreen) -> None:
    async with _slow_answer(counter.page, "**/basket"):
        await counter.scan(RICE)
        more = counter.page.locator("[data-focus='+-0']")
        for _ in range(3):
            await more.click()
        await counter.page.focus("[data-focus=count-0]")
        for _ in range(2):
            await counter.page.keyboard.press("ArrowRight")
        await expect(counter.page.locator("[data-focus=count-0]")).to_have_text("6")


async def test_the_second_of_a_double_tap_takes_nothing_out(counter: TillScreen) -> None:
    for code in (RICE, MILK, OIL):
        await counter.scan(code)
    await expect(counter.lines).to_have_count(3)
    await counter.page.evaluate(_DOUBLE_TAP, "[data-focus=remove-0]")
    await counter.scan(COFFEE)  # has its turn after the taps
    await expect(counter.lines).to_have_count(3)
    await counter.page.focus("[data-focus=remove-0]")
    for left in (2, 1):  # a key is no tap
        await counter.page.keyboard.press("Space")
        await expect(counter.lines).to_have_count(left)


async def _offer_to_finish(till: TillScreen) -> None:
    """Rice, paid with exactly its price, not yet recorded."""
    await till.scan(RICE)
    await expect(till.lines).to_have_count(1)
    await till.page.keyboard.press("F9")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("button.finish")).to_be_focused()


@asynccontextmanager
async def _slow_answer(page: Page, url: str) -> AsyncIterator[None]:
    """Each answer of an address takes its time; begin some requests before those that matter."""

    async def slowly(route: Route) -> None:
        answer = await route.fetch()
        await asyncio.sleep(SLOWLY_S)
        await route.fulfill(response=answer)

    await page.route(url, slowly)
    yield
    await page.unroute_all(behavior="wait")


def _sent(page: Page, end: str) -> list[str]:
    """The writes to an address that ends so, from now on."""
    urls: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith(end):
            urls.append(request.url)

    page.on("request", note)
    return urls
