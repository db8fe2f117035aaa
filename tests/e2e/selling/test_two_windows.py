"""Two windows of one till: the one that is turned to works, and no scan counts twice."""

import re
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Request, expect

from tests.e2e.goods import MILK, MILK_NAME, OIL, OIL_NAME, RICE, RICE_NAME
from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen
from tests.e2e.windows import begin_at_once, empty_window, open_window

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

IDLE_MS = 300_000
"""The default of till.idle_lock_seconds."""


@pytest_asyncio.fixture(loop_scope="session")
async def second(counter: TillScreen) -> AsyncIterator[TillScreen]:
    """Another window beside the counter's, opened last."""
    page = await counter.page.context.new_page()
    await page.goto("/")
    second = TillScreen(page, counter.shop)
    await second.ready()
    yield second
    await page.close()


async def test_the_tills_scanner_is_heard_by_one_window(
    counter: TillScreen, second: TillScreen
) -> None:
    asked: list[str] = []
    counter.page.on("request", lambda request: asked.append(request.url))
    await expect(second.chip("scanner")).to_have_attribute("data-tone", "good")
    second.shop.devices.scanner.scan(MILK)
    await expect(second.lines).to_have_text([re.compile(MILK_NAME)])
    await expect(second.page.locator("[data-focus=count-0]")).to_have_text("1")
    assert [url for url in asked if url.endswith(("/scans", "/basket"))] == []


async def test_a_window_that_is_turned_to_knows_what_the_other_did(
    counter: TillScreen, second: TillScreen
) -> None:
    await second.scan(RICE)
    await expect(second.lines).to_have_count(1)
    await counter.scan(MILK)
    await expect(counter.lines).to_have_text([re.compile(RICE_NAME), re.compile(MILK_NAME)])
    await second.scan(OIL)
    names = [re.compile(name) for name in (RICE_NAME, MILK_NAME, OIL_NAME)]
    await expect(second.lines).to_have_text(names)


async def test_only_the_window_in_use_locks_the_till_when_idle(
    counter: TillScreen, second: TillScreen
) -> None:
    await counter.page.clock.install()  # of both windows
    locks: list[TillScreen] = []
    for window in (second, counter):
        await window.reload()
        window.page.on("request", partial(_note_lock, locks, window))
    await counter.scan(RICE)
    await expect(counter.lines).to_have_count(1)
    await counter.page.clock.fast_forward(IDLE_MS + 1)
    for window in (second, counter):
        await expect(window.sheet("unlock")).to_be_visible()
    assert locks == [counter]


async def test_in_another_browser_the_older_window_says_that_it_is_out_and_nothing_is_lost(
    shop: Shop, browser: Browser
) -> None:
    async with empty_window(shop, browser) as page:
        older = await begin_at_once(page, shop)
        await older.scan(MILK)
        await expect(older.lines).to_have_count(1)
        async with open_window(shop, browser) as other_page:
            newer = TillScreen(other_page, shop)
            await newer.ready()
            await newer.sign_in(shop.cashier)
            await expect(newer.lines).to_have_text([re.compile(MILK_NAME)])
            told = older.sheet("sign-in").get_by_role("status")
            await expect(told).to_contain_text("另一个窗口")
            await older.scan(OIL)  # waits for who signs in here
            await newer.scan(RICE)
            await expect(newer.lines).to_have_count(2)
            # An Enter at once would count as the second end of the scan; people press keys before.
            await older.page.keyboard.press("Shift")
            await older.sign_in(shop.cashier)
            names = [re.compile(name) for name in (MILK_NAME, RICE_NAME, OIL_NAME)]
            await expect(older.lines).to_have_text(names)
            await expect(newer.sheet("sign-in").get_by_role("status")).to_be_visible()


def _note_lock(locks: list[TillScreen], window: TillScreen, request: Request) -> None:
    if request.url.endswith("/lock"):
        locks.append(window)
