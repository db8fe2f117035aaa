"""Giving back: a supervisor's to approve, by the way it was paid, and each piece once."""

import pytest
from playwright.async_api import expect

from agent.domain.refunds.events import SaleRefunded
from tests.e2e.cash.ledger import open_ledger
from tests.e2e.desk import desk_at
from tests.e2e.goods import MILK, MILK_NAME, RICE
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen
from tests.lab.demo.supply import PEOPLE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


@pytest.fixture
def till(counter: TillScreen) -> TillScreen:
    """The window that these tests share."""
    return counter


async def test_another_cashier_s_pin_approves_no_refund(till: TillScreen) -> None:
    desk, other = desk_at(till), PEOPLE[1]
    async with open_ledger(till.shop) as ledger:
        await till.scan(RICE)
        receipt = await pay(till, ("card", "49.90"))
        await desk.papers.take("销售小票", receipt)
        await next_customer(till)
        await desk.receipts.open()
        await desk.receipts.ask_refund(receipt, "质量问题")
        await till.page.fill("#supervisor", other.number)
        await till.page.fill("#supervisor-pin", other.pin)
        await till.page.keyboard.press("Enter")
        await expect(till.page.locator("#approval-wrong")).to_contain_text("主管")
        assert ledger.recorded(SaleRefunded) == []
        await till.approve(till.shop.supervisor)
        await till.expect_verdict("good", "已退款 ¥49.90")
        await desk.papers.take("退货单", "退银行卡 -49.90", "主管工号 9001")
        assert [refund.approved_by for refund in ledger.recorded(SaleRefunded)] == ["9001"]
    assert desk.papers.openings == 0, "no cash, no drawer"


async def test_pieces_come_back_one_by_one_and_no_more_than_were_sold(till: TillScreen) -> None:
    desk, shop = desk_at(till), till.shop
    async with open_ledger(shop) as ledger:
        for _ in range(3):
            await till.scan(MILK)
        receipt = await pay(till, ("wechat", "6"), ("cash", "5"))
        await next_customer(till)
        await desk.receipts.open()
        refund = desk.receipts.refund
        await refund(receipt, "质量问题", by=shop.supervisor, less={MILK_NAME: 2})
        await expect(desk.receipts.row(receipt)).to_contain_text("已退 −¥3.50")
        await refund(receipt, "质量问题", by=shop.supervisor)
        await expect(desk.receipts.row(receipt)).to_contain_text("已退 −¥10.50")
        refunds = ledger.recorded(SaleRefunded)
        assert [[line.quantity for line in one.lines] for one in refunds] == [[1], [2]]
        assert [one.refunded_fen for one in refunds] == [350, 700]
        back = {tender.kind: tender.amount_fen for tender in refunds[1].tenders}
        first = {tender.kind: tender.amount_fen for tender in refunds[0].tenders}
        assert {kind: back.get(kind, 0) + first.get(kind, 0) for kind in back | first} == {
            "wechat": 600,
            "cash": 450,
        }
        await ledger.settle()
        assert (await ledger.moved()).stock == {}
