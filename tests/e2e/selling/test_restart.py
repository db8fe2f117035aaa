"""The agent is killed under the page, or the page loaded anew: nothing is lost or done twice."""

import asyncio
from itertools import takewhile
from uuid import uuid4

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.e2e.goods import MILK, OIL, RICE
from tests.e2e.scan.keyboard import Keyboard
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

SELLING = "**/api/v1/sales"
"""To be routed some requests before: what is asked just after routing began may pass unseen."""
BACK_MS = 20_000
"""A killed agent is started again, and found by the page."""
LISTED = 10
"""Of the receipts; more than a test sells."""


async def test_basket_session_and_scans_outlive_the_agent(counter: TillScreen) -> None:
    agent = counter.shop.site.agent
    keyboard = await Keyboard.at(counter.page)
    await keyboard.scan(RICE)
    await expect(counter.lines).to_have_count(1)
    away = counter.page.locator("[data-notice=away]")
    await agent.kill()
    try:
        await keyboard.scan(MILK)
        await counter.expect_verdict("warn", "没有回应")
        await expect(away).to_be_visible()
        await expect(counter.chip("scanner")).to_contain_text("连接中")
        await expect(counter.lines).to_have_count(1)
    finally:
        await agent.start()
    await expect(counter.lines).to_have_count(2, timeout=BACK_MS)
    await expect(away).to_have_count(0)
    await expect(counter.sheet("sign-in")).to_have_count(0)
    await expect(counter.chip("scanner")).to_have_attribute("data-tone", "good", timeout=BACK_MS)
    counter.shop.devices.scanner.scan(OIL)
    await expect(counter.lines).to_have_count(3)


async def test_a_list_that_cannot_be_read_says_so(counter: TillScreen) -> None:
    await expect(counter.chip("printer")).to_be_visible()
    await counter.shop.site.agent.kill()
    try:
        await counter.page.keyboard.press("F4")
        await expect(counter.sheet("held")).to_contain_text("本机服务没有回应，请稍候再试。")
        await counter.page.keyboard.press("Escape")
        await counter.chip("printer").click()
        await expect(counter.sheet("printer")).to_contain_text("本机服务没有回应，请稍候再试。")
        await counter.page.keyboard.press("Escape")
    finally:
        await counter.shop.site.agent.start()
    away = counter.page.locator("[data-notice=away]")
    await expect(away).to_have_count(0, timeout=BACK_MS)
    await counter.page.keyboard.press("F4")
    await expect(counter.sheet("held")).not_to_contain_text("没有回应")


async def test_a_sale_begun_while_the_agent_is_down_is_recorded_once(counter: TillScreen) -> None:
    keys = _sale_keys(counter.page)
    last = await _last_receipt(counter)
    await _take_the_money(counter)
    await counter.shop.site.agent.kill()
    try:
        await counter.page.keyboard.press("Enter")
        await expect(counter.page.locator("[data-notice=writes]")).to_be_visible()
    finally:
        await counter.shop.site.agent.start()
    await _expect_sold_once(counter, last)
    assert len(keys) > 1
    assert len(set(keys)) == 1


async def test_a_sale_whose_answer_was_lost_is_recorded_once(counter: TillScreen) -> None:
    keys = _sale_keys(counter.page)
    last = await _last_receipt(counter)
    await counter.page.route(SELLING, lambda route: _lose_answer(counter, route), times=1)
    await _take_the_money(counter)
    try:
        await counter.page.keyboard.press("Enter")
        await expect(counter.page.locator("[data-notice=writes]")).to_be_visible()
    finally:
        await counter.shop.site.agent.start()
    await _expect_sold_once(counter, last)
    assert len(keys) > 1
    assert len(set(keys)) == 1


async def test_whoever_signs_in_next_hears_of_a_sale_whose_answer_was_lost(
    counter: TillScreen,
) -> None:
    keys = _sale_keys(counter.page)
    last = await _last_receipt(counter)

    async def lose_answer_and_session(route: Route) -> None:
        assert (await route.fetch()).ok
        await counter.api("DELETE", "/sessions/current")
        await route.abort("connectionreset")

    await counter.page.route(SELLING, lose_answer_and_session, times=1)
    await _take_the_money(counter)
    async with counter.page.expect_response(
        lambda answer: answer.url.endswith("/sales") and answer.status == 401
    ):
        await counter.page.keyboard.press("Enter")
    await expect(counter.sheet("sign-in")).to_be_visible()
    await counter.sign_in(counter.shop.supervisor)
    await _expect_sold_once(counter, last)
    assert len(keys) > 1
    assert len(set(keys)) == 1


@pytest.mark.parametrize("of_basket", [True, False], ids=["basket", "none"])
async def test_a_sale_under_another_key_is_sold_again_if_it_names_no_basket(
    counter: TillScreen, of_basket: bool
) -> None:
    last = await _last_receipt(counter)

    async def send_under_two_keys(route: Route) -> None:
        order = route.request.post_data_json
        assert order is not None
        if not of_basket:
            order = {key: told for key, told in order.items() if not key.startswith("basket_")}
        another_key = {**route.request.headers, "idempotency-key": str(uuid4())}
        assert (await route.fetch(headers=another_key, post_data=order)).status == 201
        await route.continue_()

    await counter.page.route(SELLING, send_under_two_keys, times=1)
    await _take_the_money(counter)
    await counter.page.keyboard.press("Enter")
    if of_basket:
        await counter.expect_verdict("warn", "购物篮在别的窗口改过")
    else:
        await expect(counter.sheet("done")).to_be_visible()
    assert len(await _sold_since(counter, last)) == (1 if of_basket else 2)


async def test_a_sale_goes_on_when_the_page_is_loaded_anew(counter: TillScreen) -> None:
    last = await _last_receipt(counter)
    await counter.scan(RICE)
    await counter.scan(MILK)
    await expect(counter.lines).to_have_count(2)
    await counter.reload()
    await expect(counter.lines).to_have_count(2)
    await counter.scan(MILK)
    await expect(counter.payable).to_have_text("¥56.90")
    receipt = await counter.pay_cash("100")
    assert await _sold_since(counter, last) == [receipt]
    await counter.reload()
    done = counter.sheet("done")
    await expect(done.locator(".change strong")).to_have_text("¥43.10")
    await expect(done.locator(".receipt")).to_have_text(receipt)
    await counter.page.keyboard.press("Enter")
    await expect(done).to_have_count(0)


async def test_a_sale_amid_which_the_page_is_loaded_anew_is_recorded_once(
    counter: TillScreen,
) -> None:
    keys = _sale_keys(counter.page)
    last = await _last_receipt(counter)
    recorded = asyncio.Event()

    async def record(route: Route) -> None:
        assert (await route.fetch()).ok
        recorded.set()  # and the page never hears of it

    await counter.page.route(SELLING, record, times=1)
    await _take_the_money(counter)
    await counter.page.keyboard.press("Enter")
    await asyncio.wait_for(recorded.wait(), BACK_MS / 1000)
    await counter.reload()
    await _expect_sold_once(counter, last)
    assert len(keys) > 1
    assert len(set(keys)) == 1


async def _take_the_money(till: TillScreen) -> None:
    await till.scan(RICE)
    await expect(till.lines).to_have_count(1)
    await till.page.keyboard.press("F9")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("button.finish")).to_be_focused()


async def _lose_answer(till: TillScreen, route: Route) -> None:
    """Let the agent record the sale, and die before its answer is heard."""
    answer = await route.fetch()
    assert answer.ok
    await till.shop.site.agent.kill()
    await route.abort("connectionreset")


async def _expect_sold_once(till: TillScreen, last: str | None) -> None:
    receipt = till.sheet("done").locator(".receipt")
    await expect(receipt).to_be_visible(timeout=BACK_MS)
    await expect(till.lines).to_have_count(0)
    assert await _sold_since(till, last) == [await receipt.inner_text()]


async def _last_receipt(till: TillScreen) -> str | None:
    return next(iter(await _receipts(till, 1)), None)


async def _sold_since(till: TillScreen, last: str | None) -> list[str]:
    """The receipts after `last`, the newest first: the list shows no more than the newest."""
    return list(takewhile(lambda receipt: receipt != last, await _receipts(till, LISTED)))


async def _receipts(till: TillScreen, limit: int) -> list[str]:
    found = await till.api("GET", f"/sales?limit={limit}")
    return [receipt["receipt"] for receipt in found["receipts"]]  # type: ignore[attr-defined]


def _sale_keys(page: Page) -> list[str]:
    """The Idempotency-Keys under which the page sells, from now on."""
    keys: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/sales"):
            keys.append(request.headers["idempotency-key"])

    page.on("request", note)
    return keys
