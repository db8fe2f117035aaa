"""What is worth ¥0 is sold without a tender, and comes back by the piece."""

import re

import pytest
from playwright.async_api import expect

from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from sync.protocol.changes import ArticleChange
from tests.e2e.cash.ledger import open_ledger
from tests.e2e.goods import RICE
from tests.e2e.refunds.receipts_screen import ReceiptsScreen
from tests.e2e.selling.assortment import put_article
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

SAMPLE = ArticleChange(sku="S000", name="试用装", price_fen=0, gtin="6901234999990")
SAMPLE_GTIN = "6901234999990"


async def _finish_free(till: TillScreen) -> str:
    await till.page.keyboard.press("F9")
    await expect(till.page.locator("#given")).to_have_count(0)
    await expect(till.page.locator("button.finish")).to_be_focused()
    await till.page.keyboard.press("Enter")
    receipt = till.sheet("done").locator(".receipt")
    await expect(receipt).to_have_text(re.compile(r"-\d{6}$"))
    return await receipt.inner_text()


async def test_a_sale_of_nothing_asks_for_no_money_and_comes_back_by_the_piece(
    counter: TillScreen,
) -> None:
    till = counter
    await put_article(till.shop, SAMPLE)
    async with open_ledger(till.shop) as ledger:
        for _ in range(2):
            await till.scan(SAMPLE_GTIN)
        await expect(till.lines.locator(".count")).to_have_text(["2"])
        receipt = await _finish_free(till)
        await next_customer(till)
        (sale,) = ledger.recorded(SaleRecorded)
        assert (sale.tenders, sale.payable_fen) == ((), 0)
        receipts = ReceiptsScreen(till)
        await receipts.open()
        await receipts.refund(receipt, "质量问题", by=till.shop.supervisor, less={SAMPLE.name: 1})
        row = receipts.row(receipt)
        await expect(row).to_contain_text("已退 1 件")
        await receipts.refund(receipt, "质量问题", by=till.shop.supervisor)
        await expect(row).to_contain_text("已退 2 件")
        await expect(row.get_by_role("button", name="退款")).to_have_count(0)
        refunds = ledger.recorded(SaleRefunded)
        assert [(one.refunded_fen, one.lines[0].quantity) for one in refunds] == [(0, 1), (0, 1)]


async def test_a_gift_is_given_back_after_all_that_was_paid(counter: TillScreen) -> None:
    till = counter
    await put_article(till.shop, SAMPLE)
    for code in (RICE, SAMPLE_GTIN):
        await till.scan(code)
    await expect(till.lines).to_have_count(2)
    receipt = await pay(till, ("card", "49.90"))
    await next_customer(till)
    receipts = ReceiptsScreen(till)
    await receipts.open()
    less = {SAMPLE.name: 1}
    await receipts.refund(receipt, "质量问题", by=till.shop.supervisor, less=less)
    await expect(receipts.row(receipt)).to_contain_text("已退 −¥49.90")
    await receipts.refund(receipt, "质量问题", by=till.shop.supervisor)
    await expect(receipts.row(receipt).get_by_role("button", name="退款")).to_have_count(0)


async def test_the_change_is_told_again_after_a_reload(counter: TillScreen) -> None:
    await counter.scan(RICE)
    receipt = await counter.pay_cash("100")
    await counter.reload()
    await counter.expect_verdict("good", "找零 ¥50.10", receipt)
    await counter.scan(RICE)
    await counter.expect_verdict("tick")
    await counter.reload()
    await counter.expect_verdict("idle")


async def test_receipts_tell_their_day_and_other_days_can_be_chosen(counter: TillScreen) -> None:
    await counter.scan(RICE)
    receipt = await pay(counter, ("card", "49.90"))
    await next_customer(counter)
    receipts = ReceiptsScreen(counter)
    await receipts.open()
    found = await counter.api("GET", "/sales")
    sheet, today = counter.sheet("receipts"), str(found["today"])
    await expect(sheet.get_by_role("heading", level=3)).to_have_text([f"今日 {today}"])
    await expect(sheet.get_by_role("button", name="后一天")).to_be_disabled()
    await sheet.get_by_role("button", name="前一天").click()
    await expect(receipts.row(receipt)).to_have_count(0)
    day_before = await counter.page.input_value("#receipt-day")
    assert day_before < today
    await expect(sheet.get_by_role("heading", level=3)).to_have_text([day_before])
    await counter.page.fill("#receipt-day", today)
    await expect(receipts.row(receipt)).to_be_visible()
