"""Scans in a rush: none is lost, their order holds; a naive page loses them from the same keys."""

import asyncio
from itertools import chain
from typing import Any, cast

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from tests.e2e.goods import COFFEE, MILK, OIL, RICE, THIRTY_LESS_FIVE, scale_label
from tests.e2e.scan.keyboard import Keyboard
from tests.e2e.till_screen import TillScreen
from tests.lab.demo import supply

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e scan")]

SCANS = 50
MOST_COUPONS = 10
LOOSE = "00010"
ASKING = "**/api/v1/scans"
SLOW_S = 0.4
RUSH = {MILK: "A001", RICE: "A005", OIL: "A007", COFFEE: "A015"}
RUSH_MS = 20_000
NAIVE = """
<input id="scan" autofocus><button id="pay">pay</button>
<script>
  window.scans = []; window.paid = 0;
  document.querySelector("#scan").addEventListener("change", (event) => {
    scans.push(event.target.value);
    event.target.value = "";
  });
  document.querySelector("#pay").addEventListener("click", () => (paid += 1));
</script>
"""


async def test_fifty_scans_in_a_row_arrive_in_order(counter: TillScreen) -> None:
    gtins = {article.gtin: article.sku for article in supply.articles() if article.gtin}
    labels = {scale_label(fen): LOOSE for fen in range(100, 100 + SCANS // 2 - len(gtins))}
    tokens = [await counter.shop.coupon(THIRTY_LESS_FIVE) for _ in range(SCANS // 2)]
    articles = gtins | labels
    codes = list(chain.from_iterable(zip(articles, tokens, strict=True)))
    assert len(set(codes)) == SCANS
    asked = _scans_asked(counter.page)
    keyboard = await Keyboard.at(counter.page)
    for code in codes:
        await keyboard.scan(code, gap_ms=5, pause_ms=50)
    await expect(counter.lines).to_have_count(len(articles), timeout=RUSH_MS)
    await counter.expect_verdict("warn", "超过张数")
    assert asked == codes
    basket = await _basket(counter)
    assert [line["sku"] for line in basket["lines"]] == list(articles.values())
    assert basket["coupons"] == tokens[:MOST_COUPONS]


async def test_scans_while_an_answer_is_awaited_keep_their_order(counter: TillScreen) -> None:
    delays = iter([SLOW_S, 0.0, SLOW_S / 2, 0.0])

    async def slowly(route: Route) -> None:
        await asyncio.sleep(next(delays))
        await route.continue_()

    await counter.page.route(ASKING, slowly)
    asked = _scans_asked(counter.page)
    keyboard = await Keyboard.at(counter.page)
    for code in RUSH:
        await keyboard.scan(code, gap_ms=0, pause_ms=0)
    await expect(counter.lines).to_have_count(len(RUSH))
    assert asked == list(RUSH)
    basket = await _basket(counter)
    assert [line["sku"] for line in basket["lines"]] == list(RUSH.values())
    await counter.page.unroute(ASKING)


async def test_naive_page_loses_scans_from_the_same_keys(browser: Browser) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.set_content(NAIVE)
    keyboard = await Keyboard.at(page)
    await page.focus("#scan")
    await keyboard.scan(MILK)
    assert await page.evaluate("[scans, paid]") == [[MILK], 0]
    await page.focus("#pay")
    for code in (RICE, OIL):
        await keyboard.scan(code)
    assert await page.evaluate("[scans, paid]") == [[MILK], 2]
    await context.close()


def _scans_asked(page: Page) -> list[str]:
    """The codes that the page asks the agent about, from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/scans") and request.post_data_json:
            asked.append(request.post_data_json["code"])

    page.on("request", note)
    return asked


async def _basket(till: TillScreen) -> dict[str, Any]:
    found: dict[str, Any] = await till.api("GET", f"/tills/{await till.till()}/basket")
    return cast(dict[str, Any], found["content"])
