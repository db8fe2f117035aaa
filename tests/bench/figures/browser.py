"""The till page in a browser: from the scanner's last byte to the verdict, and its loading."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter, time

from playwright.async_api import Browser, Page, async_playwright

from drivers.virtual.scanner import VirtualScanner
from tests.bench.floors.page import READY, FloorPage
from tests.bench.metric import Metric, percentile
from tests.bench.workshop import Workshop
from tests.e2e.conftest import CHROMIUM, CHROMIUM_OPTIONS
from tests.e2e.shop import Shop, open_shop

SCANS = 100
LOADS = 10
ELSEWHERE = "MB002"
"""Where the coupons are good: each gets a verdict, and none lands in the basket."""
SETTLE_S = 1.0
"""Until the page has its socket and has drawn everything."""
_SIGN_IN = "#cashier"

_WATCH = """() => {
  const verdict = document.getElementById("verdict");
  window.shownAt = new Promise((tell) => {
    const watch = new MutationObserver(() => {
      watch.disconnect();
      requestAnimationFrame(() => tell(performance.timeOrigin + performance.now()));
    });
    watch.observe(verdict, { subtree: true, childList: true, characterData: true });
  });
}"""


def missing() -> str | None:
    """Say what to do about a machine without the browser."""
    if Path(CHROMIUM).exists():
        return None
    return f"needs a browser, and there is no {CHROMIUM}; on Debian: apt-get install chromium"


def measure(workshop: Workshop) -> list[Metric]:
    """Scan to verdict, and the loading of the page in a browser that has never seen it."""
    return workshop.run(_measure(workshop))


async def _measure(workshop: Workshop) -> list[Metric]:
    scans, loads = workshop.portion(SCANS), workshop.portion(LOADS) or 1
    async with open_shop(workshop.directory()) as shop, _browser() as browser:
        codes = await _codes(shop, scans)
        with (
            VirtualScanner(workshop.directory() / "scanner") as scanner,
            FloorPage(scanner.path) as floor,
        ):
            page = await _open(browser, floor.url, READY)
            floor_scans = [await _scan_ms(page, scanner, code) for code in codes]
            floor_loads = [await _load_ms(browser, floor.url, READY) for _ in range(loads)]
        page = await _open(browser, shop.site.url, _SIGN_IN)
        await _sign_in(page, shop)
        till_scans = [await _scan_ms(page, shop.devices.scanner, code) for code in codes]
        till_loads = [await _load_ms(browser, shop.site.url, _SIGN_IN) for _ in range(loads)]
    return [
        *(
            Metric.of(
                f"scan_to_verdict_p{percent}_ms",
                "ms",
                [percentile(till_scans, percent)],
                [percentile(floor_scans, percent)],
            )
            for percent in (50, 99)
        ),
        Metric.of("page_load_ms", "ms", till_loads, floor_loads),
    ]


async def _codes(shop: Shop, number: int) -> Sequence[str]:
    return [await shop.coupon("P1", store=ELSEWHERE) for _ in range(number)]


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        await browser.close()


async def _open(browser: Browser, url: str, ready: str) -> Page:
    context = await browser.new_context(viewport={"width": 1024, "height": 768})
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector(ready)
    return page


async def _sign_in(page: Page, shop: Shop) -> None:
    await page.fill("#cashier", shop.cashier.number)
    await page.fill("#pin", shop.cashier.pin)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("body:not(.signed-out)")
    await asyncio.sleep(SETTLE_S)


async def _scan_ms(page: Page, scanner: VirtualScanner, code: str) -> float:
    """From the scanner's last byte to the frame in which the page shows what it means."""
    await page.evaluate(_WATCH)
    scanned_at = time()
    scanner.scan(code)
    shown_at_ms: float = await page.evaluate("() => window.shownAt")
    return shown_at_ms - scanned_at * 1000


async def _load_ms(browser: Browser, url: str, ready: str) -> float:
    context = await browser.new_context(viewport={"width": 1024, "height": 768})
    page = await context.new_page()
    start = perf_counter()
    await page.goto(url)
    await page.wait_for_selector(ready)
    seconds = perf_counter() - start
    await context.close()
    return seconds * 1000
