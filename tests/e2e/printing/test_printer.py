"""The printer in trouble: sales go on, and each receipt comes out once."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from drivers.virtual.printer_device import VirtualPrinter
from tests.e2e.desk import Desk, desk_at
from tests.e2e.goods import MILK, OIL, RICE
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

AMID_RECEIPT_BYTES = 300
BACK_MS = 20_000


@pytest_asyncio.fixture(loop_scope="session")
async def printer(shop: Shop) -> AsyncIterator[VirtualPrinter]:
    """The till's printer, put right afterwards."""
    yield shop.devices.printer
    shop.devices.printer.load_paper()
    await shop.devices.printer.come_back()


@pytest.fixture
def till(counter: TillScreen) -> TillScreen:
    """The window that these tests share."""
    return counter


@pytest.fixture
def desk(till: TillScreen, printer: VirtualPrinter) -> Desk:
    return desk_at(till)


async def sell(desk: Desk, code: str, yuan: str, way: str = "cash") -> str:
    await desk.till.scan(code)
    receipt = await pay(desk.till, (way, yuan))
    await next_customer(desk.till)
    return receipt


async def ask_for_printer(desk: Desk) -> Locator:
    """Touch the printer's sign; return its sheet."""
    await desk.till.chip("printer").click()
    return desk.till.sheet("printer")


async def test_without_paper_sales_go_on_and_their_receipts_come_out_once_it_is_loaded(
    desk: Desk, printer: VirtualPrinter
) -> None:
    chip = desk.till.chip("printer")
    printer.run_out_of_paper(after_lines=5)
    receipts = [await sell(desk, RICE, "49.90", "card")]
    await expect(chip).to_contain_text("缺纸")
    receipts += [await sell(desk, code, yuan) for code, yuan in ((MILK, "3.5"), (OIL, "56.9"))]
    await desk.papers.opened(2)  # for the two that paid in cash
    waiting = await ask_for_printer(desk)
    await expect(waiting.locator(".job")).to_have_count(3)
    await expect(waiting).to_contain_text("装上新纸卷并合上盖子，会接着打印。")
    await expect(waiting).not_to_contain_text("roll")  # the driver's English is for store IT
    await desk.till.page.keyboard.press("Escape")
    assert [paper.text for paper in desk.papers.rest() if paper.cut] == []
    printer.load_paper()
    papers = [await desk.papers.take("销售小票", receipt) for receipt in receipts]
    assert [paper.number for paper in papers] == sorted(paper.number for paper in papers)
    await expect(chip).to_contain_text("正常")
    assert desk.papers.rest() == []


async def test_a_drawer_that_stayed_shut_is_told_until_it_opens_again(
    desk: Desk, printer: VirtualPrinter
) -> None:
    chip, notice = desk.till.chip("printer"), desk.till.page.locator("[data-notice=drawer]")
    printer.vanish()
    await expect(chip).to_contain_text("未连接")
    first = await sell(desk, MILK, "3.5")
    await expect(notice).to_contain_text("请用钥匙")
    await printer.come_back()
    await expect(chip).to_contain_text("正常", timeout=BACK_MS)
    second = await sell(desk, MILK, "3.5")
    await expect(notice).to_have_count(0)
    for receipt in (first, second):
        await desk.papers.take("销售小票", receipt)
    assert desk.papers.openings == 1


async def test_a_receipt_that_broke_off_is_printed_again_as_a_copy_if_the_cashier_says_so(
    desk: Desk, printer: VirtualPrinter
) -> None:
    printer.vanish(after_bytes=AMID_RECEIPT_BYTES)
    receipt = await sell(desk, RICE, "49.90", "card")
    await expect(desk.till.chip("printer")).to_contain_text("未连接")
    later = await sell(desk, MILK, "3.50", "card")
    await printer.come_back()
    await desk.papers.take("销售小票", later)
    await expect(desk.till.chip("printer")).to_contain_text("1 张待确认")
    assert [paper for paper in desk.papers.rest() if paper.cut] == [], "never by itself"
    asking = await ask_for_printer(desk)
    await expect(asking).to_contain_text("这张小票打出来了吗？")
    await expect(asking.locator(".job")).to_contain_text(receipt)
    await asking.get_by_role("button", name="没有，再打一张").click()
    copy = await desk.papers.take("补打 第1次", receipt)
    assert "合计 ￥49.90" in copy.text
    await expect(asking).to_contain_text("没有等待打印的小票")
    await expect(desk.till.chip("printer")).to_contain_text("正常", timeout=BACK_MS)


async def test_a_receipt_that_the_cashier_saw_is_not_printed_again(
    desk: Desk, printer: VirtualPrinter
) -> None:
    printer.vanish(after_bytes=AMID_RECEIPT_BYTES)
    receipt = await sell(desk, RICE, "49.90", "card")
    await expect(desk.till.chip("printer")).to_contain_text("未连接")
    asking = await ask_for_printer(desk)
    await asking.get_by_role("button", name="已打出").click()
    await expect(asking).to_contain_text("没有等待打印的小票")
    await desk.till.page.keyboard.press("Escape")
    await printer.come_back()
    later = await sell(desk, MILK, "3.50", "card")
    await desk.papers.take("销售小票", later)
    assert [paper for paper in desk.papers.rest() if paper.cut] == []
    await desk.receipts.open()
    await desk.receipts.reprint(receipt, copy=1)
    await desk.papers.take("补打 第1次", receipt)
