"""Training at the till: looks alike, is marked everywhere, and leaves no trace."""

import pytest
from playwright.async_api import expect

from tests.e2e.cash.ledger import open_ledger
from tests.e2e.desk import clear_till, desk_at, sign_out
from tests.e2e.goods import OIL, OIL_NAME, RICE, RICE_NAME, THIRTY_LESS_FIVE
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

MARK = "培训 TRAINING"


async def test_what_is_practised_is_marked_and_reaches_nobody(till: TillScreen) -> None:
    shop = till.shop
    await clear_till(shop, training=True)
    desk = desk_at(till)
    coupon = await shop.coupon(THIRTY_LESS_FIVE)
    watermark = till.page.locator("#watermark")
    await till.scan(OIL)
    await expect(till.lines).to_have_count(1)
    await expect(watermark).to_be_hidden()
    async with open_ledger(shop) as ledger:
        await sign_out(till)
        await till.sign_in(shop.cashier, training=True)
        await till.settle_shift("100")
        await expect(watermark).to_be_visible()
        await expect(watermark).to_have_attribute("data-text", "培训模式 TRAINING")
        await expect(till.lines).to_have_count(0)

        await till.scan(RICE)
        await till.scan(coupon)
        await till.expect_verdict("good", "可用")
        receipt = await pay(till, ("cash", "50"))
        await expect(till.sheet("done").locator(".states")).to_contain_text("培训")
        paper = await desk.papers.take("销售小票", receipt)
        assert paper.text.count(MARK) >= 1
        await next_customer(till)
        await desk.receipts.open()
        refund = await desk.receipts.refund(receipt, "收错款", by=shop.supervisor)
        assert MARK in (await desk.papers.take("退货单", refund)).text
        await desk.receipts.close()
        report = await desk.shift.close({10000: 1})
        assert report["长短款"] == "¥0.00"
        assert MARK in (await desk.papers.take("Z 报表")).text
        await till.page.keyboard.press("Escape")
        assert desk.papers.openings == 0

        await sign_out(till)
        await till.sign_in(shop.cashier)
        await expect(watermark).to_be_hidden()
        await expect(till.lines).to_have_count(1)
        await expect(till.lines).to_contain_text(OIL_NAME)
        current = await till.api("GET", "/shifts/current?till=T1")
        assert current["shift"] is not None
        await ledger.settle()
        assert (ledger.kept(), await ledger.held()) == ([], [])
        assert (await ledger.moved()).stock == {}

        await till.scan(coupon)
        await till.expect_verdict("good", "可用")
        await pay(till, ("wechat", "51.90"))
        assert len(ledger.kept()) == 1, "and what is real is recorded"
        assert MARK not in (await desk.papers.take("销售小票", OIL_NAME)).text
        assert RICE_NAME not in str(ledger.kept())
