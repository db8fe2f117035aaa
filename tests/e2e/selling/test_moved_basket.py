"""Head office changes a price or ends a campaign while it is in a basket: the screen says so."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from msgspec.structs import replace
from playwright.async_api import Browser, Route, expect

from tests.e2e.cash.shift_screen import ShiftScreen
from tests.e2e.coupons.promotions import NIGHT, add_night
from tests.e2e.goods import RICE
from tests.e2e.refunds.receipts_screen import ReceiptsScreen
from tests.e2e.selling.assortment import GUM, GUM_ARTICLE, GUM_NAME, put_article, put_gum
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen
from tests.e2e.windows import empty_window
from tests.lab.demo import supply

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

DEARER = replace(GUM_ARTICLE, price_fen=310)
MOVED = "[data-notice=moved]"
NEWS_MS = 10_000


@pytest_asyncio.fixture(loop_scope="session")
async def till(counter: TillScreen) -> AsyncIterator[TillScreen]:
    """A basket with gum at its old price."""
    await put_gum(counter.shop)
    await counter.scan(GUM)
    await expect(counter.payable).to_have_text("¥2.50")
    yield counter
    await counter.page.unroute_all(behavior="wait")
    await put_gum(counter.shop)


async def test_a_new_price_is_told_and_shown_before_the_money_is_taken(till: TillScreen) -> None:
    await put_article(till.shop, DEARER)
    moved = till.page.locator(MOVED)
    await expect(moved).to_contain_text(f"{GUM_NAME}：单价由 ¥2.50 改为 ¥3.10", timeout=NEWS_MS)
    await expect(till.payable).to_have_text("¥3.10")
    await pay(till, ("cash", "5"))
    await expect(till.sheet("done").locator(".change strong")).to_have_text("¥1.90")
    await expect(moved).to_have_count(0)


async def test_a_new_price_amid_the_payment_asks_for_the_new_sum(till: TillScreen) -> None:
    await till.page.keyboard.press("F9")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("button.finish")).to_be_focused()
    await put_article(till.shop, DEARER)
    left = till.sheet("pay").locator(".left strong")
    await expect(left).to_have_text("¥0.60", timeout=NEWS_MS)
    await till.page.keyboard.press("Enter")
    await till.page.locator("button.finish").click()
    await expect(till.sheet("done")).to_be_visible()


async def test_a_sale_refused_for_its_sum_shows_the_new_one_and_goes_through(
    till: TillScreen,
) -> None:
    await till.page.keyboard.press("F9")
    await till.page.keyboard.press("Enter")
    finish = till.page.locator("button.finish")
    await expect(finish).to_be_focused()

    await _just_before_the_sale(till, lambda: put_article(till.shop, DEARER))
    await finish.click()
    await expect(till.page.locator(MOVED)).to_contain_text("¥3.10", timeout=NEWS_MS)
    await till.expect_verdict("warn", "没有完成")
    await expect(till.sheet("pay").locator(".left strong")).to_have_text("¥0.60")
    await till.page.keyboard.press("Enter")
    await finish.click()
    await expect(till.sheet("done")).to_be_visible()


async def test_a_campaign_that_ends_is_told_while_its_coupon_lies_in_the_basket(
    till: TillScreen,
) -> None:
    end = await add_night(till.shop)
    await till.scan(RICE)
    await till.scan(await supply.issue(till.shop.chain.hq, NIGHT, store=till.shop.site.code))
    await expect(till.payable).to_have_text("¥49.40")
    await end()
    moved = till.page.locator(MOVED)
    await expect(moved).to_contain_text("优惠券失效", timeout=NEWS_MS)
    await expect(moved).to_contain_text(NIGHT.name)
    await expect(till.payable).to_have_text("¥52.40")


async def test_two_browsers_add_to_one_basket_and_lose_nothing(
    till: TillScreen, other: TillScreen
) -> None:
    await expect(other.lines).to_have_text([re.compile(GUM_NAME)])
    await other.scan(RICE)
    await expect(other.lines).to_have_count(2)
    await till.scan(GUM)
    for window in (till, other):
        await expect(window.lines).to_have_count(2)
        await expect(window.payable).to_have_text("¥54.90")


async def test_a_basket_is_sold_by_one_of_two_browsers(till: TillScreen, other: TillScreen) -> None:
    await till.page.keyboard.press("F9")
    await till.page.keyboard.press("Enter")
    await _just_before_the_sale(till, lambda: pay(other, ("cash", "2.50")))
    await till.page.locator("button.finish").click()
    await till.expect_verdict("warn", "没有完成", "别的窗口")
    await expect(till.lines).to_have_count(0)
    await expect(till.sheet("pay")).to_have_count(0)


async def test_pieces_that_came_back_at_another_window_are_not_given_twice(
    till: TillScreen, other: TillScreen
) -> None:
    receipt = await pay(till, ("card", "2.50"))
    await next_customer(till)
    mine, theirs = ReceiptsScreen(till), ReceiptsScreen(other)
    await mine.open()
    await mine.row(receipt).get_by_role("button", name="退款").click()
    await till.page.click("[data-focus=refund-whole]")
    await expect(till.sheet("refund").locator(".due strong")).to_have_text("¥2.50")
    await theirs.open()
    await theirs.refund(receipt, "质量问题", by=till.shop.supervisor)
    await till.page.fill("#refund-why", "质量问题")
    await till.page.keyboard.press("Enter")
    await till.expect_verdict("warn", "没有完成", "退")
    await expect(till.sheet("refund")).to_have_count(0)
    await expect(mine.row(receipt)).to_contain_text("已退 −¥2.50")


async def test_a_shift_that_another_window_closed_is_no_longer_offered(
    till: TillScreen, other: TillScreen
) -> None:
    await till.page.keyboard.press("F8")
    await till.page.click("[data-tile=cash_in]")
    shift = ShiftScreen(other)
    await shift.close({10000: 3})
    await till.page.fill("#cash-amount", "20")
    await till.page.fill("#cash-why", "补充零钱")
    await till.page.keyboard.press("Enter")
    await till.expect_verdict("warn", "没有完成")
    await expect(till.sheet("cash")).to_have_count(0)
    await expect(till.page.locator("[data-notice=no-shift]")).to_be_visible()


@pytest_asyncio.fixture(loop_scope="session")
async def other(till: TillScreen, browser: Browser) -> AsyncIterator[TillScreen]:
    """The same till and session in another browser."""
    async with empty_window(till.shop, browser) as page:
        url = till.shop.site.url
        for cookie in await till.page.context.cookies():
            await page.context.add_cookies(
                [{"name": cookie["name"], "value": cookie["value"], "url": url}]
            )
        await page.goto("/")
        other = TillScreen(page, till.shop)
        await other.ready()
        yield other


async def _just_before_the_sale(till: TillScreen, work: Callable[[], Awaitable[object]]) -> None:
    """Let `work` be done between the window's next sale and the agent."""
    waits = [work]

    async def first(route: Route) -> None:
        while waits:
            await waits.pop()()
        await route.continue_()

    await till.page.route("**/api/v1/sales", first)
