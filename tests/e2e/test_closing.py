"""Closing with a difference: shown, printed, recorded, told to head office; then the next shift."""

import pytest
from playwright.async_api import expect

from agent.domain.events import ShiftClosed, ShiftOpened
from sync.hq.admin.closings import list_closings
from tests.e2e.desk import clear_till, desk_at
from tests.e2e.goods import RICE
from tests.e2e.ledger import open_ledger
from tests.e2e.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


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
