"""The till tells per line what promotions took off, and quietly what a little more would bring."""

import pytest
from playwright.async_api import Route, expect

from tests.e2e.goods import MILK, RICE
from tests.e2e.screen.looks import misfits
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def test_each_line_tells_what_was_taken_off_and_why_not_more(counter: TillScreen) -> None:
    page = counter.page
    await page.route("**/api/v1/tills/*/basket", _promoted)
    try:
        await counter.scan(RICE)
        await counter.scan(MILK)
        await expect(counter.lines).to_have_count(2)
        first = counter.lines.first
        await expect(first.locator(".taken-off")).to_have_text(["早市特价−¥4.00", "满减分摊−¥1.50"])
        panel = page.locator("[data-focus=promotions]")
        for words in ("早市特价", "−¥8.00", "早市特价 × 2", "再买 ¥12.40 可减 ¥20.00", "另有 2 项"):
            await expect(panel).to_contain_text(words)
        await panel.click()
        told = counter.sheet("promotions")
        for words in ("周末满减", "再买 ¥12.40 可减 ¥20.00", "会员日", "会员专享"):
            await expect(told).to_contain_text(words)
        assert await misfits(page) == []
        await page.keyboard.press("Escape")

        await page.click("[data-focus=channel-dine_in]")
        chosen = page.locator("[data-focus=channel-dine_in]")
        await expect(chosen).to_have_attribute("aria-pressed", "true")
        await page.click("[data-focus=passphrase]")
        await page.fill("#passphrase", "芝麻开门")
        await page.keyboard.press("Enter")
        await expect(counter.sheet("passphrase")).to_have_count(0)
        kept = (await counter.api("GET", f"/tills/{await counter.till()}/basket"))["content"]
        assert (kept["channel"], kept["passphrases"]) == ("dine_in", ["芝麻开门"])  # type: ignore[index]
    finally:
        await page.unroute_all(behavior="wait")


async def _promoted(route: Route) -> None:
    """What the agent answers once its quotes go by the price book."""
    answer = await route.fetch()
    told = await answer.json()
    more = {"zh-CN": "再买 ¥12.40 可减 ¥20.00", "en": "¥12.40 more and ¥20.00 are taken off"}
    members = {"zh-CN": "会员专享", "en": "for members"}
    for line in told["priced"]["lines"]:
        line["allocations"] = [
            {"promotion": "early", "name": "早市特价", "fen": 400, "coupon_id": None},
            {"promotion": "sum", "name": "满减分摊", "fen": 150, "coupon_id": "c1"},
        ]
    told["priced"] |= {
        "promotions": [
            {"promotion": "early", "name": "早市特价", "fen": 800, "coupon_id": None, "times": 2},
            {"promotion": "sum", "name": "满减分摊", "fen": 300, "coupon_id": "c1", "times": 1},
        ],
        "not_applied": [
            {"promotion": "weekend", "name": "周末满减", "coupon_id": None, "sentence": more}
            | {"why": "wrong_channel"},
            {"promotion": "day", "name": "会员日", "coupon_id": None, "sentence": members}
            | {"why": "passphrase_required"},
        ],
        "nudge": more,
    }
    await route.fulfill(response=answer, json=told)
