"""The till's own devices at the page: a serial scanner, a receipt printer, and their troubles."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, expect

from agent.domain.barcodes.gtin import check_digit
from drivers.virtual.printer_device import VirtualPrinter
from tests.e2e.goods import MILK, OIL, RICE, THIRTY_LESS_FIVE
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e scan")]

DEVICE_MS = 15_000
"""A device that was away is found again within some seconds."""
SAME_CODE_S = 2.5


async def test_what_the_serial_scanner_reads_goes_into_the_basket(counter: TillScreen) -> None:
    scanner = counter.shop.devices.scanner
    coupon = await counter.shop.coupon(THIRTY_LESS_FIVE)
    for code in (RICE, MILK, coupon, OIL):
        scanner.scan(code)
    await expect(counter.lines).to_have_count(3)
    await expect(counter.page.locator(".coupon")).to_have_attribute("data-tone", "good")
    await counter.expect_verdict("tick", "花生油")


async def test_a_scanner_without_its_cable_is_shown_and_works_again(counter: TillScreen) -> None:
    scanner, chip = counter.shop.devices.scanner, counter.chip("scanner")
    await expect(chip).to_have_attribute("data-tone", "good")
    scanner.unplug()
    await expect(chip).to_have_attribute("data-tone", "bad", timeout=DEVICE_MS)
    await expect(chip).to_contain_text("未连接")
    scanner.replug()
    await expect(chip).to_have_attribute("data-tone", "good", timeout=DEVICE_MS)
    scanner.scan(MILK)
    await expect(counter.lines).to_have_count(1)


async def test_receipts_wait_for_paper_and_come_out_once(counter: TillScreen) -> None:
    printer, chip = counter.shop.devices.printer, counter.chip("printer")
    printer.run_out_of_paper()
    await expect(chip).to_contain_text("缺纸", timeout=DEVICE_MS)
    receipts = [await _sell(counter, MILK), await _sell(counter, RICE)]
    assert [_pieces_of_paper(printer, receipt) for receipt in receipts] == [0, 0]
    printer.load_paper()
    async with asyncio.timeout(DEVICE_MS / 1000):
        await printer.until(lambda: _pieces_of_paper(printer, receipts[-1]) > 0)
    await expect(chip).not_to_contain_text("缺纸", timeout=DEVICE_MS)
    await chip.click()
    await expect(counter.sheet("printer").locator(".about").first).to_have_text("正常")
    for receipt in receipts:
        await expect(counter.sheet("printer")).not_to_contain_text(receipt)
    assert [_pieces_of_paper(printer, receipt) for receipt in receipts] == [1, 1]


async def test_a_coupon_read_twice_keeps_its_verdict_and_is_used_afterwards(
    counter: TillScreen,
) -> None:
    scanner = counter.shop.devices.scanner
    coupon = await counter.shop.coupon(THIRTY_LESS_FIVE)
    scanner.scan(RICE)
    scanner.scan(coupon)
    await counter.expect_verdict("good", "¥5.00")
    first = await counter.verdict.inner_text()
    scanner.scan(coupon)
    scanner.scan(MILK)
    scanner.scan(coupon)
    await expect(counter.lines).to_have_count(2)
    await counter.expect_verdict("good")
    assert await counter.verdict.inner_text() == first
    await expect(_coupons(counter)).to_have_count(1)

    receipt = await counter.pay_cash("100")
    await asyncio.sleep(SAME_CODE_S)
    scanner.scan(coupon)
    await counter.expect_verdict("bad", "已使用", receipt, "MB001 T1")
    await expect(counter.verdict.locator("dd").first).to_have_text(re.compile(r"\d\d:\d\d"))


async def _sell(till: TillScreen, code: str) -> str:
    await till.scan(code)
    await expect(till.lines).to_have_count(1)
    receipt = await till.pay_cash("100")
    await till.page.keyboard.press("Enter")
    await expect(till.lines).to_have_count(0)
    return receipt


def _coupons(till: TillScreen) -> Locator:
    return till.page.locator(".coupon")


def _pieces_of_paper(printer: VirtualPrinter, receipt: str) -> int:
    return sum(receipt in paper.text for paper in printer.receipts)


async def test_a_weight_in_a_makers_code_counts_once_a_supervisor_approved(
    counter: TillScreen,
) -> None:
    """Anybody can print such a code: 1.500 kg of what costs ¥49.90."""
    scanner = counter.shop.devices.scanner
    scanner.scan(f"]C1010{RICE}3103001500")
    await expect(counter.sheet("approval")).to_contain_text("¥74.85")
    await counter.page.keyboard.press("Escape")
    await counter.expect_verdict("warn", "没有加入购物篮")
    await expect(counter.lines).to_have_count(0)
    scanner.scan(f"]C1010{RICE}3103001500")
    await counter.approve(counter.shop.supervisor)
    await expect(counter.lines).to_have_count(1)
    await expect(counter.lines.first).to_contain_text("1500")
    await expect(counter.payable).to_have_text("¥74.85")
    scanner.scan(MILK)
    await expect(counter.lines).to_have_count(2)


async def test_a_case_is_told_and_not_sold_as_a_piece(counter: TillScreen) -> None:
    case = f"1{MILK[:-1]}"
    counter.shop.devices.scanner.scan(f"]I1{case}{check_digit(case)}")
    await counter.expect_verdict("bad", "不是单件条码", "整箱")
    await expect(counter.lines).to_have_count(0)
