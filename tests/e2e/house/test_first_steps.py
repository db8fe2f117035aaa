"""The first minute: who practises is led through a sale once, with codes from a sheet of paper."""

import io

import pytest
import resvg_py
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, expect

from agent.domain.printing.practice import UNKNOWN_CODE
from drivers.virtual.printer_picture import picture
from tests.e2e.desk import desk_at, sign_out
from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen
from tests.e2e.windows import begin_at_once, empty_window

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

COLUMNS = 48


async def test_three_steps_lead_through_a_first_sale_and_are_offered_once(
    shop: Shop, browser: Browser
) -> None:
    async with empty_window(shop, browser) as page:
        till = await begin_at_once(page, shop)
        desk, step = desk_at(till), page.locator("[data-notice=first-steps]")
        await expect(step).to_have_count(0)
        await sign_out(till)
        await _practise(till)
        await expect(step).to_contain_text("第 1 步，共 3 步")
        await page.keyboard.press("F10")
        await page.locator("[data-focus=practice]").click()
        sheet = await desk.papers.take("练习单")
        await page.keyboard.press("Escape")
        codes = _read(shop, sheet.number)
        assert set(codes) == set(sheet.codes)
        assert UNKNOWN_CODE in codes
        for code in sheet.codes:
            await till.scan(code)
            await till.expect_verdict("bad" if code == UNKNOWN_CODE else "tick")
        await expect(till.lines).to_have_count(len(codes) - 1)
        await expect(step).to_contain_text("第 2 步")
        await page.click("[data-focus=pay]")
        await page.locator("button.note").nth(1).click()
        await expect(till.sheet("done")).to_be_visible()
        await expect(step).to_contain_text("第 3 步")
        await till.scan(sheet.codes[0])
        await expect(step).to_have_count(0)

        await sign_out(till)
        await _practise(till)
        await expect(page.locator("#watermark")).to_be_visible()
        await expect(step).to_have_count(0)
        await sign_out(till)


async def _practise(till: TillScreen) -> None:
    await till.sign_in(till.shop.cashier, training=True)
    await till.settle_shift("100")


def _read(shop: Shop, number: int) -> list[str]:
    """The codes on a paper, as ZXing reads them from its picture."""
    receipts = shop.devices.printer.receipts
    (receipt,) = (one for one in receipts if one.number == number)
    drawn = resvg_py.svg_to_bytes(svg_string=picture(receipt, COLUMNS))
    image = Image.open(io.BytesIO(bytes(drawn))).convert("L")
    return [found.text for found in zxingcpp.read_barcodes(image)]
