"""What passes moves nothing, and ends with its matter; what can't be done is not offered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial

import pytest
from playwright.async_api import expect

from agent.base.clock import DAY_MS
from agent.state_dir import DATABASE_FILE
from agent.store.sqlite import connect
from tests.e2e.desk import clear_till
from tests.e2e.goods import MILK, RICE
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import TillScreen
from tests.lab.until import until

SEEN_MS = 30_000
"""The next write of the agent and the news of it, on a busy machine."""

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def test_what_may_be_undone_moves_nothing_under_the_finger(counter: TillScreen) -> None:
    await counter.scan(RICE)
    await counter.scan(MILK)
    await expect(counter.lines).to_have_count(2)
    button = counter.page.locator("[data-focus=remove-0]")
    before = await button.bounding_box()
    await button.click()
    undo = counter.page.locator("[data-notice=removed]").get_by_role("button", name="撤销")
    await expect(undo).to_be_visible()
    assert await button.bounding_box() == before
    await undo.click()
    await expect(counter.lines).to_have_count(2)


async def test_nothing_is_undone_into_the_next_customers_basket(counter: TillScreen) -> None:
    await counter.scan(RICE)
    await counter.scan(MILK)
    await expect(counter.lines).to_have_count(2)
    await counter.page.click("[data-focus=remove-0]")
    removed = counter.page.locator("[data-notice=removed]")
    await expect(removed).to_be_visible()
    await pay(counter, ("cash", "3.50"))
    await next_customer(counter)
    await expect(removed).to_have_count(0)


async def test_a_locked_till_offers_no_shift(screen: TillScreen) -> None:
    await clear_till(screen.shop)
    await screen.sign_in(screen.shop.cashier)
    no_shift = screen.page.locator("[data-notice=no-shift]")
    await expect(no_shift).to_be_visible()
    await expect(screen.sheet("shift")).to_be_visible()
    await screen.page.keyboard.press("Escape")
    await screen.page.keyboard.press("F10")
    await screen.page.get_by_role("button", name="锁屏").click()
    await expect(screen.sheet("unlock")).to_be_visible()
    await expect(no_shift).to_have_count(0)
    await expect(screen.page.locator("#status .chip")).to_have_count(
        0
    )  # nothing old is shown as new
    await screen.page.fill("#unlock-pin", screen.shop.cashier.pin)
    await screen.page.keyboard.press("Enter")
    await expect(no_shift).to_be_visible()


async def test_the_cashier_reads_that_no_sale_can_be_recorded_until_it_can_again(
    counter: TillScreen,
) -> None:
    notice = counter.page.locator("[data-notice=recording]")
    await expect(notice).to_have_count(0)
    database = counter.shop.site.place.state_dir / DATABASE_FILE
    away = database.rename(database.with_name("elsewhere.db"))
    try:
        await counter.scan(RICE)  # a write, by which the agent finds it out
        await expect(notice).to_contain_text("请勿继续收款", timeout=SEEN_MS)
    finally:
        away.rename(database)
    await expect(notice).to_have_count(0, timeout=SEEN_MS)
    await counter.empty_basket()


async def test_nobody_has_to_be_signed_in_to_read_that_no_sale_can_be_recorded(
    screen: TillScreen,
) -> None:
    notice = screen.page.locator("[data-notice=recording]")
    database = screen.shop.site.place.state_dir / DATABASE_FILE
    away = database.rename(database.with_name("elsewhere.db"))
    try:
        await clear_till(screen.shop)  # a write finds it out, or the trial of each minute
        await until("the agent has found out", partial(_records_nothing, screen), timeout_s=90)
        await screen.reload()
        await expect(screen.sheet("sign-in")).to_be_visible()
        await expect(notice).to_contain_text("请勿继续收款", timeout=SEEN_MS)
    finally:
        away.rename(database)
    await expect(notice).to_have_count(0, timeout=SEEN_MS)


async def test_a_shift_that_nobody_closed_is_reminded_of_until_it_is(counter: TillScreen) -> None:
    reminder = counter.page.locator("[data-notice=late-shift]")
    await expect(reminder).to_have_count(0)
    async with _opened_yesterday(counter):
        await expect(reminder).to_contain_text("的班次还没有交班", timeout=SEEN_MS)
        await reminder.get_by_role("button", name="交班清点").click()
        await expect(counter.sheet("shift")).to_be_visible()
        await clear_till(counter.shop)
    await expect(reminder).to_have_count(0, timeout=SEEN_MS)


@asynccontextmanager
async def _opened_yesterday(till: TillScreen) -> AsyncIterator[None]:
    """Let the open shift be of yesterday; afterwards the tables say again what the journal says."""
    database = str(till.shop.site.place.state_dir / DATABASE_FILE)
    with closing(connect(database)) as db:
        [shift] = db.execute("SELECT shift_id FROM shift WHERE closed_seq IS NULL").fetchone()
        move = "UPDATE shift SET opened_at = opened_at + ? WHERE shift_id = ?"
        db.execute(move, (-DAY_MS, shift))
        db.commit()
        try:
            yield
        finally:
            db.execute(move, (DAY_MS, shift))
            db.commit()


async def test_a_usual_reason_is_given_by_one_touch(counter: TillScreen) -> None:
    await counter.page.keyboard.press("F8")
    await counter.page.click("[data-tile=cash_in]")
    await counter.page.fill("#cash-amount", "20")
    await counter.sheet("cash").get_by_role("button", name="补充零钱").click()
    await expect(counter.page.locator("#cash-why")).to_have_value("补充零钱")
    await counter.sheet("cash").get_by_role("button", name="确定").click()
    await counter.expect_verdict("good", "¥20.00", "补充零钱")


async def _records_nothing(screen: TillScreen) -> bool:
    return not (await screen.shop.site.status()).recording.possible
