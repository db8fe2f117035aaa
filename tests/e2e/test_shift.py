"""A cashier's whole shift with the line cut, synced afterwards."""

import pytest
from playwright.async_api import expect

from tests.e2e.goods import MEMBER_LAST_FOUR, MILK, OIL, RICE, TENTH_OFF, THIRTY_LESS_FIVE
from tests.e2e.till_screen import TillScreen
from tests.lab.line import LineCut

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

SYNCED_MS = 20_000


async def test_a_whole_shift_with_the_line_cut_is_synced_afterwards(till: TillScreen) -> None:
    bound = await till.shop.coupon(THIRTY_LESS_FIVE)
    chain_wide = await till.shop.coupon(TENTH_OFF, store=None)
    await till.shop.site.line.cut(LineCut.REFUSE)
    await expect(till.chip("line")).to_contain_text("断网", timeout=SYNCED_MS)

    first = await _sell_with_coupons(till, bound, chain_wide)
    await _refuse_what_was_used(till, bound, first)
    await _hold_and_recall(till)
    second = await till.pay_cash("100")
    await till.page.keyboard.press("Enter")
    await _refund_and_print_again(till, second)
    await _close(till)

    await till.shop.site.line.mend()
    await expect(till.chip("line")).to_contain_text("在线", timeout=SYNCED_MS)
    await expect(till.chip("outbox")).to_contain_text("待同步 0", timeout=SYNCED_MS)
    await till.page.keyboard.press("F7")
    state = till.page.locator(f"[data-receipt={first}] .state-word")
    await expect(state).to_have_text("总部已确认")


async def _sell_with_coupons(till: TillScreen, bound: str, chain_wide: str) -> str:
    await till.scan(RICE)
    await till.scan(MILK)
    await till.scan(MILK)
    await expect(till.payable).to_have_text("¥56.90")
    await till.page.keyboard.press("F3")
    await till.type_into("#member-query", MEMBER_LAST_FOUR)
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("button.choice")).to_be_focused()
    await till.page.keyboard.press("Enter")
    await till.expect_verdict("good", "金卡", "131****4161")
    await till.scan(bound)
    await till.expect_verdict("good", "可用", "¥5.00")
    await till.scan(chain_wide)
    await till.expect_verdict("risk", "已接受·待总部确认")
    receipt = await till.pay_cash("100")
    states = till.sheet("done").locator(".states")
    await expect(states.locator("[aria-current=step]")).to_have_text("待同步")
    await expect(till.sheet("done").locator(".change strong")).to_have_text("¥53.79")
    await till.page.keyboard.press("Enter")
    return receipt


async def _refuse_what_was_used(till: TillScreen, code: str, receipt: str) -> None:
    await till.page.wait_for_timeout(2_600)  # a scanner's second read of the same code is over
    await till.scan(code)
    await till.expect_verdict("bad", "已使用", receipt, "MB001 T1", "本店")
    await expect(till.page.locator(".coupon")).to_have_count(0)


async def _hold_and_recall(till: TillScreen) -> None:
    await till.scan(OIL)
    await expect(till.lines).to_have_count(1)
    await till.page.keyboard.press("F4")
    await expect(till.lines).to_have_count(0)
    await till.page.keyboard.press("F4")
    await expect(till.sheet("held").locator("button.choice")).to_be_focused()
    await till.page.keyboard.press("Enter")
    await expect(till.lines).to_have_count(1)
    await expect(till.payable).to_have_text("¥56.90")


async def _refund_and_print_again(till: TillScreen, receipt: str) -> None:
    await till.page.keyboard.press("F7")
    row = till.page.locator(f"[data-receipt={receipt}]")
    await row.get_by_role("button", name="补打").click()
    await expect(till.page.locator("[data-notice=printing]")).to_contain_text("补打 1")
    await row.get_by_role("button", name="退款").click()
    await till.page.fill("#refund-why", "顾客不想要了")
    await till.page.keyboard.press("Enter")
    await till.approve(till.shop.supervisor)
    await till.expect_verdict("good", "已退款 ¥56.90")
    await expect(row).to_contain_text("已退")
    await till.page.keyboard.press("Escape")


async def _close(till: TillScreen) -> None:
    await till.page.keyboard.press("F8")
    await till.page.locator("[data-tile=close]").click()
    await expect(till.sheet("closing").locator(".warning")).to_contain_text("待同步")
    await till.page.fill("#note-10000", "3")
    await till.page.keyboard.press("Enter")
    report = till.sheet("report")
    await expect(report).to_contain_text("Z 报表")
    await expect(report.get_by_role("row", name="长短款")).to_contain_text("−¥46.21")
    await till.page.keyboard.press("Escape")
