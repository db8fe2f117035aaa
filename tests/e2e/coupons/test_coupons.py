"""Coupons on a basket: what each gives, why one does not, and how far the store may go alone."""

import re

import pytest
from playwright.async_api import Locator, expect

from agent.domain.selling.events import SaleRecorded
from tests.e2e.cash.ledger import open_ledger
from tests.e2e.coupons.promotions import ALONE, add_alone, give_away, limits
from tests.e2e.desk import desk_at, line_cut
from tests.e2e.goods import MILK, OIL, OIL_NAME, RICE, TENTH_OFF, THIRTY_LESS_FIVE
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen
from tests.lab.demo import supply

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

NOTICED_MS = 20_000
PAY = "#side .pay"


@pytest.fixture
def till(counter: TillScreen) -> TillScreen:
    """The window that these tests share."""
    return counter


def coupons(till: TillScreen) -> Locator:
    """The coupons beside the basket."""
    return till.page.locator(".coupon")


async def test_two_coupons_each_say_what_they_give(till: TillScreen) -> None:
    desk = desk_at(till)
    bound = await till.shop.coupon(THIRTY_LESS_FIVE)
    chain_wide = await till.shop.coupon(TENTH_OFF, store=None)
    for code in (RICE, MILK, MILK, bound, chain_wide):
        await till.scan(code)
    await till.expect_verdict("good", "可用", "优惠 ¥5.69。收款时由总部确认。")
    await expect(till.payable).to_have_text("¥46.21")
    await expect(coupons(till)).to_have_text(
        [re.compile("满30减5.*可用.*−¥5.00"), re.compile("全门店9折.*可用.*−¥5.69")]
    )
    receipt = await pay(till, ("cash", "46.21"))
    paper = await desk.papers.take("销售小票", receipt)
    for line in ("优惠 满30减5 -5.00", "优惠 全门店9折 -5.69", "已优惠 10.69"):
        assert line in paper.text


async def test_a_coupon_that_stands_alone_says_so_beside_another(till: TillScreen) -> None:
    await add_alone(till.shop)
    bound = await till.shop.coupon(THIRTY_LESS_FIVE)
    alone = await supply.issue(till.shop.chain.hq, ALONE, store=till.shop.site.code)
    for code in (RICE, bound, alone):
        await till.scan(code)
    await expect(till.payable).to_have_text("¥41.90")  # the better one, whichever came first
    await expect(coupons(till).first).to_contain_text("不能与已用的优惠同时使用")
    await till.page.get_by_role("button", name="移除优惠券 满30减5").click()
    await expect(coupons(till)).to_have_text([re.compile("新客立减8.*可用.*−¥8.00")])
    await expect(till.payable).to_have_text("¥41.90")


async def test_a_coupon_too_many_says_how_many_there_may_be(till: TillScreen) -> None:
    for code in (RICE, *[await till.shop.coupon(THIRTY_LESS_FIVE) for _ in range(2)]):
        await till.scan(code)
    too_many = coupons(till).filter(has_text="每单最多 2 张优惠券，线上线下各一张")
    await expect(too_many).to_have_count(1)
    await expect(till.payable).to_have_text("¥44.90")


async def test_a_coupon_waits_in_the_basket_until_the_basket_is_worth_it(till: TillScreen) -> None:
    await till.scan(MILK)
    await till.scan(await till.shop.coupon(THIRTY_LESS_FIVE))
    await till.expect_verdict("warn", "未满金额", "还差 26.50 元", "加购后自动生效")
    await till.scan(OIL)
    await till.expect_verdict("tick", OIL_NAME)
    await expect(coupons(till)).to_have_attribute("data-tone", "good")
    await expect(till.payable).to_have_text("¥55.40")


async def test_a_coupon_that_was_taken_out_goes_in_again_at_once(till: TillScreen) -> None:
    bound = await till.shop.coupon(THIRTY_LESS_FIVE)
    for code in (RICE, bound):
        await till.scan(code)
    await expect(till.payable).to_have_text("¥44.90")
    await till.page.get_by_role("button", name="移除优惠券").click()
    await expect(till.payable).to_have_text("¥49.90")
    await till.scan(bound)
    await till.expect_verdict("good", "可用")
    await expect(till.payable).to_have_text("¥44.90")


async def test_a_coupon_given_with_a_sale_is_on_its_first_paper_and_counts_next_time(
    till: TillScreen,
) -> None:
    desk = desk_at(till)
    await give_away(till.shop, supply.promotions()[THIRTY_LESS_FIVE], from_fen=50_000)
    await till.scan(OIL)
    await till.set_pieces(OIL_NAME, 10)
    await expect(till.payable).to_have_text("¥569.00")
    receipt = await pay(till, ("card", "569"))
    await next_customer(till)
    paper = await desk.papers.take(receipt, "赠券 满30减5")
    given, e_receipt = paper.codes
    await desk.receipts.open()
    await desk.receipts.reprint(receipt, copy=1)
    copy = await desk.papers.take(receipt, "补打 第1次", "赠券 满30减5：见首张小票")
    assert copy.codes == (e_receipt,)
    await desk.receipts.close()
    await till.scan(RICE)
    await till.scan(given)
    await till.expect_verdict("good", "可用", "优惠 ¥5.00")


async def test_above_the_soft_limit_a_supervisor_decides_and_above_the_hard_one_nobody(
    till: TillScreen,
) -> None:
    shop = till.shop
    first, second = [await shop.coupon(TENTH_OFF, store=None) for _ in range(2)]
    async with open_ledger(shop) as ledger, limits(shop, soft_count=0, hard_count=1):
        async with line_cut(shop):
            await expect(till.chip("line")).to_contain_text("断网", timeout=NOTICED_MS)
            await till.scan(OIL)
            await till.scan(first)
            await till.expect_verdict("warn", "需主管批准", "断网核销额度已到（本店张数）")
            await expect(till.payable).to_have_text("¥56.90")
            await till.page.keyboard.press("F9")
            await expect(till.sheet("pay").locator(".warning")).to_have_text(
                "有 1 张优惠券没有计入应付金额。"
            )
            await till.page.keyboard.press("Escape")
            await till.page.get_by_role("button", name="请主管批准").click()
            await till.approve(shop.supervisor)
            await till.expect_verdict("risk", "已接受", "优惠 ¥5.69")
            await expect(till.payable).to_have_text("¥51.21")
            await expect(coupons(till)).to_have_attribute("data-tone", "risk")
            await pay(till, ("wechat", "51.21"))
            await next_customer(till)
            await expect(till.chip("limits")).to_contain_text("余 0 张")
            await till.scan(RICE)
            await till.scan(second)
            await till.expect_verdict("bad", "额度已满", "断网核销额度已到（本店张数）", "不用此券")
            await expect(coupons(till)).to_have_count(0)
            (sale,) = ledger.recorded(SaleRecorded)
            (used,) = sale.redemptions
            assert (used.at_risk, used.approved_by) == (True, shop.supervisor.number)
        await ledger.settle()
        await expect(till.chip("limits")).to_contain_text("余 1 张", timeout=NOTICED_MS)
