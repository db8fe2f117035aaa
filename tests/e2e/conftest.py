"""The shop is opened once; each test gets a browser window of its own. An error in a page fails."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.e2e.shop import Shop, open_shop
from tests.e2e.till_screen import TillScreen

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 10_000


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(shop: Shop, browser: Browser) -> AsyncIterator[Page]:
    """The till page in a new window of 1024×768 in Chinese, with nobody signed in."""
    context = await browser.new_context(
        base_url=shop.site.url,
        viewport={"width": 1024, "height": 768},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: _note(message, faults))
    await page.goto("/")
    yield page
    await context.close()
    assert faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def screen(page: Page, shop: Shop) -> TillScreen:
    """The page with nobody signed in."""
    screen = TillScreen(page, shop)
    await screen.ready()
    return screen


@pytest_asyncio.fixture(loop_scope="session")
async def till(screen: TillScreen) -> TillScreen:
    """The page with the cashier at work, a shift open and nothing in the basket."""
    await screen.begin(screen.shop.cashier)
    return screen


def _note(message: ConsoleMessage, faults: list[str]) -> None:
    # The browser itself logs each answer of 4xx; what the page makes of it is the tests' matter.
    if message.type == "error" and "Failed to load resource" not in message.text:
        faults.append(message.text)
