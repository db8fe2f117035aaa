"""Goods without a bar code: found by letters, touched on a tile, weighed before they are priced."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.goods import MILK_NAME
from tests.e2e.screen.looks import misfits
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

APPLES, APPLES_NAME = "00010", "散装红富士"
"""¥12.80 a kilogram."""
EGGS, EGGS_NAME = "00021", "茶叶蛋"
"""¥2.50 each, without a bar code."""


async def test_goods_without_a_bar_code_are_found_touched_and_weighed(counter: TillScreen) -> None:
    page = counter.page
    await page.keyboard.press("F2")
    for letters, name in (("hfs", "红富士苹果"), ("hongfushi", "红富士苹果"), ("cnn", MILK_NAME)):
        await page.fill("#article-query", letters)
        await expect(page.locator("button.choice", has_text=name)).to_be_visible()
    await page.fill("#article-query", "h'f's")  # as an input method shows it while it waits
    await page.locator("button.choice", has_text=APPLES_NAME).click()

    await page.keyboard.press("Enter")  # nothing is weighed as one piece
    await expect(counter.sheet("weigh")).to_contain_text("请输入重量")
    await counter.type_into("#weight", "0.85")
    await expect(counter.sheet("weigh").locator(".payable strong")).to_have_text("¥10.88")
    await page.keyboard.press("Enter")
    await counter.expect_verdict("tick", APPLES_NAME, "¥10.88")
    await page.keyboard.press("Escape")
    await expect(counter.lines).to_have_text([re.compile(f"{APPLES_NAME}.*850 克")])

    await page.click("[data-focus=category-早点]")
    await expect(page.locator(f"#basket [data-focus=tile-{APPLES}]")).to_have_count(0)
    await page.click(f"[data-focus=tile-{EGGS}]")
    await expect(counter.payable).to_have_text("¥13.38")
    await page.keyboard.type("3*")
    await page.click(f"[data-focus=tile-{EGGS}]")
    await expect(counter.payable).to_have_text("¥20.88")
    assert await misfits(page) == []

    await page.get_by_role("button", name="全部").click()
    await page.click(f"[data-focus=tile-{APPLES}]")
    await expect(counter.sheet("weigh")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(counter.lines).to_have_count(2)
    await pay(counter, ("cash", "50"))
    await next_customer(counter)
    await counter.reload()
    await expect(page.locator("#basket button.quick-tile").first).to_contain_text(
        re.compile(f"{EGGS_NAME}|{APPLES_NAME}")
    )
