"""The window towards the customer: what is bought, the change, the receipt."""

import io
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from tests.e2e.goods import MEMBER_LAST_FOUR, MILK, MILK_NAME, RICE, RICE_NAME, THIRTY_LESS_FIVE
from tests.e2e.screen.long_page import contrast_faults, other_faults
from tests.e2e.shop import E_RECEIPTS
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

SIZES = [(360, 640), (800, 1280), (1024, 600), (1920, 1080)]


async def test_customers_see_what_they_buy_what_they_get_back_and_their_receipt(
    counter: TillScreen,
) -> None:
    window = await counter.page.context.new_page()
    await window.goto("/customer")
    due, lines = window.locator(".due strong"), window.locator(".bought li")
    await expect(window.locator("h1")).to_have_text("欢迎光临")
    for code in (MILK, MILK, RICE, await counter.shop.coupon(THIRTY_LESS_FIVE)):
        await counter.scan(code)
    await counter.page.keyboard.press("F3")
    await counter.page.fill("#member-query", MEMBER_LAST_FOUR)
    await counter.page.keyboard.press("Enter")
    await counter.page.locator("button.choice").click()
    await expect(lines).to_contain_text([MILK_NAME, RICE_NAME])
    await expect(lines.first).to_contain_text("× 2¥7.00")
    await expect(window.locator(".member")).to_have_text(re.compile(r"会员 1\d\d\*{4}4161"))
    await expect(window.locator(".saved").first).to_contain_text("−¥5.00")
    await expect(due).to_have_text(await counter.payable.inner_text())
    faults = await _faults(window)

    await expect(counter.lines).to_have_count(2)
    await counter.page.keyboard.press("F9")
    await counter.page.fill("#given", "100")
    await counter.page.keyboard.press("Enter")
    await counter.page.keyboard.press("Enter")
    change = counter.sheet("done").locator(".change strong")
    await expect(due).to_have_text(await change.inner_text())
    receipt = await counter.sheet("done").locator(".receipt").inner_text()
    assert await _read(window) == [E_RECEIPTS + receipt]
    faults |= await _faults(window)
    await counter.page.keyboard.press("Enter")
    await window.reload()
    await expect(due).to_have_text(re.compile("¥"))
    assert await _read(window) == [E_RECEIPTS + receipt], "a reload loses nothing"
    await window.get_by_role("button", name="English").click()
    await expect(window.locator(".due")).to_contain_text("Change")
    await expect(counter.page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert faults == set()

    await counter.scan(MILK)
    await expect(lines).to_have_count(1)
    await window.close()


async def _read(window: Page) -> list[str]:
    picture = Image.open(io.BytesIO(await window.locator("canvas").screenshot()))
    return [found.text for found in zxingcpp.read_barcodes(picture)]


async def _faults(window: Page) -> set[str]:
    """What is wrong in any size and theme."""
    found = set(await other_faults(window))
    for size in SIZES:
        await window.set_viewport_size({"width": size[0], "height": size[1]})
        wide = await window.evaluate("document.scrollingElement.scrollWidth > innerWidth")
        found |= {f"{size}: scrolls sideways"} if wide else set()
    for theme in ("dark", "light"):
        await window.emulate_media(color_scheme=theme)
        found |= set(await contrast_faults(window, set()))
    return found
