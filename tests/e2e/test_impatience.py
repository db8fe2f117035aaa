"""Whoever presses twice, or before an answer is there, moves money once, and the right sum."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.e2e.goods import MILK, MILK_NAME, RICE
from tests.e2e.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

SLOWLY_S = 0.3


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
        await counter.scan(RICE)
        await expect(counter.lines).to_have_count(1)
        await counter.page.keyboard.press("F9")
        await counter.page.keyboard.press("Enter")
        await expect(counter.page.locator("button.finish")).to_be_focused()
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
        await expect(counter.sheet("refund").locator(".due strong")).to_have_text("¥7.00")
        await counter.page.fill("#refund-why", "质量问题")
        await counter.sheet("refund").get_by_role("button", name=f"{MILK_NAME} 减一件").click()
        await counter.page.locator("[data-focus=refund-submit]").click()
        await counter.approve(counter.shop.supervisor)
        await counter.expect_verdict("good", "已退款 ¥3.50")


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
