"""The shop is opened once for each group of these tests, and each test gets a browser window of its
own. An error in a page fails."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.shop import Shop, open_shop
from tests.e2e.till_screen import TillScreen
from tests.e2e.windows import begin_at_once, empty_window, open_window

CHROMIUM = "/usr/bin/chromium"
HEADLESS_SHELL = "/usr/bin/chromium-headless-shell"
"""The same engine without a browser's windows and policies, for four fifths of the CPU time."""
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-audio-output",  # nobody hears it, and a page that has once made a sound plays on
]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=HEADLESS_SHELL, args=CHROMIUM_OPTIONS
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(shop: Shop, browser: Browser) -> AsyncIterator[Page]:
    """The till page in a new window of 1024×768 in Chinese, with nobody signed in."""
    async with open_window(shop, browser) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def screen(page: Page, shop: Shop) -> TillScreen:
    """The page with nobody signed in."""
    screen = TillScreen(page, shop)
    await screen.ready()
    return screen


@pytest_asyncio.fixture(loop_scope="session")
async def till(shop: Shop, browser: Browser) -> AsyncIterator[TillScreen]:
    """The page in a new window with the cashier at work, a shift open and nothing in the basket."""
    async with empty_window(shop, browser) as page:
        yield await begin_at_once(page, shop)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_window(shop: Shop, browser: Browser) -> AsyncIterator[Page]:
    """A window that all tests of a module share.

    On it nothing moves, for who asks so: each second in which something does costs a fifth of one.
    The windows of single tests move.
    """
    async with empty_window(shop, browser, motion="reduce") as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def counter(shared_window: Page, shop: Shop) -> TillScreen:
    """The shared page with the cashier at work, a shift open and nothing in the basket."""
    return await begin_at_once(shared_window, shop)
