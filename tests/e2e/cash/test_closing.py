"""Closing with a difference: shown, printed, recorded, told to head office; then the next shift."""

import pytest
from playwright.async_api import expect

from agent.domain.cash.events import ShiftClosed, ShiftOpened
from sync.hq.cash import list_closings
from tests.e2e.cash.ledger import open_ledger
from tests.e2e.desk import clear_till, desk_at
from tests.e2e.goods import RICE
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def test_enter_goes_from_note_to_note_and_closes_nothing_uncounted(
    counter: TillScreen,
) -> None:
    desk, page = desk_at(counter), counter.page
    sheet = await desk.shift.count({})
    await expect(page.locator("#note-10000")).to_be_focused()
    await sheet.get_by_role("button", name="交班并打印").click()
    await expect(sheet.get_by_role("alert")).to_have_text("请先清点并输入；钱箱是空的就输入 0。")
    await page.focus("#note-10000")
    await sheet.locator(".numpad").get_by_text("3", exact=True).click()
    await page.keyboard.press("Enter")
    await expect(page.locator("#note-5000")).to_be_focused()
    await sheet.locator(".numpad").get_by_text("2", exact=True).click()
    await expect(page.locator("#counted")).to_have_text("¥400.00")
    for note in (2000, 1000, 500, 100, 50, 10):
        await page.keyboard.press("Enter")
        await expect(page.locator(f"#note-{note}")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(sheet.get_by_role("button", name="交班并打印")).to_be_focused()
    await expect(sheet).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(desk.shift.report).to_contain_text("Z 报表")


async def test_a_difference_is_told_and_the_next_shift_has_the_next_number(
    screen: TillScreen,
) -> None:
    shop, desk = screen.shop, desk_at(screen)
    await clear_till(shop)
    async with open_ledger(shop) as ledger:
        await screen.sign_in(shop.cashier)
        await desk.shift.open("200")
        await screen.scan(RICE)
        await pay(screen, ("cash", "50"))
        await next_customer(screen)
        report = await desk.shift.close({10000: 2, 2000: 2})
        assert (report["应有现金"], report["清点现金"]) == ("¥249.90", "¥240.00")
        assert report["长短款"] == "−¥9.90"
        short = desk.shift.report.get_by_role("row", name="长短款")
        await expect(short).to_have_attribute("data-tone", "warn")
        await desk.papers.take("Z 报表", "应有现金 249.90", "实点现金 240.00", "长短款 -9.90")
        await screen.page.keyboard.press("Escape")

        no_shift = screen.page.locator("[data-notice=no-shift]")
        await expect(no_shift).to_contain_text("还没有开班")
        await no_shift.get_by_role("button", name="开班").click()
        await desk.shift.open("240")
        await ledger.settle()
        first, second = ledger.recorded(ShiftOpened)
        (closed,) = ledger.recorded(ShiftClosed)
        assert (first.z_no, second.z_no) == (closed.report.z_no, closed.report.z_no + 1)
        assert (second.float_fen, closed.report.difference_fen) == (24_000, -990)
        told = (await list_closings(ledger.connection, store=shop.site.code))[-1]
        assert (told.z_no, told.difference_fen) == (closed.report.z_no, -990)
        assert (told.expected_cash_fen, told.counted_fen) == (24_990, 24_000)
