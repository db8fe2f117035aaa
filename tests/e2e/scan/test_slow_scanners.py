"""A slow scanner that types a short code into a number field: the article is sold, no number is."""

from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.goods import MILK, MILK_NAME, RICE
from tests.e2e.refunds.receipts_screen import ReceiptsScreen
from tests.e2e.scan.keyboard import Keyboard
from tests.e2e.selling.assortment import GUM, GUM_NAME, put_gum
from tests.e2e.selling.payment import next_customer, pay
from tests.e2e.till_screen import HUMAN_MS, TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e scan")]

SLOW_MS = (1, 80, 110, 150, 200)
Field = Callable[[TillScreen], Awaitable[str]]
"""Opens a sheet; returns the selector of its number field."""


@pytest_asyncio.fixture(loop_scope="session")
async def till(counter: TillScreen) -> TillScreen:
    """The window that these tests share, at a store that sells gum."""
    await put_gum(counter.shop)
    return counter


async def _cash_given(till: TillScreen) -> str:
    await till.page.keyboard.press("F9")
    return "#given"


async def _card(till: TillScreen) -> str:
    await till.page.keyboard.press("F9")
    await till.page.click("[data-focus=way-card]")
    return "#given"


async def _cash_in(till: TillScreen) -> str:
    await till.page.keyboard.press("F8")
    await till.page.click("[data-tile=cash_in]")
    await till.page.fill("#cash-why", "补充零钱")
    return "#cash-amount"


async def _why(till: TillScreen) -> str:
    await till.page.keyboard.press("F8")
    await till.page.click("[data-tile=cash_in]")
    await till.page.fill("#cash-amount", "20")
    return "#cash-why"


async def _count(till: TillScreen) -> str:
    await till.page.keyboard.press("F8")
    await till.page.click("[data-tile=close]")
    return "#note-5000"


async def _pieces(till: TillScreen) -> str:
    await till.page.click("[data-focus=count-0]")
    return "#pieces"


async def _member(till: TillScreen) -> str:
    await till.page.keyboard.press("F3")
    return "#member-query"


FIELDS = [_cash_given, _card, _cash_in, _why, _count, _pieces, _member]


@pytest.mark.parametrize("open_field", FIELDS)
async def test_a_slow_scanner_s_short_code_is_an_article_and_no_number(
    till: TillScreen, open_field: Field
) -> None:
    writes: list[str] = []
    await till.scan(RICE)
    await expect(till.lines).to_have_count(1)
    field = till.page.locator(await open_field(till))
    await field.focus()
    held = await field.input_value()
    till.page.on("request", lambda request: writes.append(request.method + request.url))
    keyboard = await Keyboard.at(till.page)
    for gap_ms in SLOW_MS:
        await keyboard.scan(GUM, gap_ms=gap_ms)
    await expect(till.lines.last.locator(".count")).to_have_text(str(len(SLOW_MS)))
    await expect(till.lines.last).to_contain_text(GUM_NAME)
    await expect(till.page.locator("button.finish")).to_have_count(0)
    await expect(field).to_be_focused()
    if open_field is not _card:  # whose proposal follows the sum
        await expect(field).to_have_value(held)
    assert [one for one in writes if one.startswith("POST") and not one.endswith("/scans")] == []


async def test_what_a_person_types_is_a_number_at_any_speed(till: TillScreen) -> None:
    await till.scan(RICE)
    await expect(till.lines).to_have_count(1)
    await _cash_given(till)
    keyboard = await Keyboard.at(till.page)
    await keyboard.type("100", gap_ms=20)
    await keyboard.enter(gap_ms=20)
    await expect(till.sheet("pay").locator(".change strong")).to_have_text("¥50.10")


@pytest.mark.parametrize("gap_ms", [80, 150])
async def test_a_scanner_s_code_is_no_pin(till: TillScreen, gap_ms: int) -> None:
    asked: list[str] = []
    till.page.on("request", lambda request: asked.append(request.url))
    await till.page.keyboard.press("F10")
    await till.sheet("settings").get_by_role("button", name="锁屏").click()
    await expect(till.page.locator("#unlock-pin")).to_be_focused()
    keyboard = await Keyboard.at(till.page)
    keyboard.lets_go = True
    await keyboard.scan(GUM, gap_ms=gap_ms)
    await till.expect_verdict("warn", "1")
    await expect(till.page.locator("#unlock-pin")).to_have_value("")
    assert [url for url in asked if url.endswith("/unlock")] == []
    await keyboard.type(till.shop.cashier.pin, gap_ms=HUMAN_MS)
    await keyboard.enter(gap_ms=HUMAN_MS)
    await expect(till.lines).to_have_count(1)


async def test_the_second_end_of_a_code_takes_no_money(till: TillScreen) -> None:
    await till.scan(RICE)
    await expect(till.lines).to_have_count(1)
    await _cash_given(till)
    keyboard = await Keyboard.at(till.page)
    await keyboard.scan(MILK)
    await keyboard.enter(gap_ms=20)  # CR and LF
    await expect(till.lines).to_have_count(2)
    await expect(till.page.locator("#given")).to_be_focused()
    await expect(till.sheet("pay").locator(".tenders li")).to_have_count(0)


@pytest.mark.parametrize(
    ("given", "asks"), [("149.89", False), ("149.90", True), ("99999999", True)]
)
async def test_cash_that_would_all_go_back_is_asked_about(
    till: TillScreen, given: str, asks: bool
) -> None:
    await till.scan(RICE)
    await expect(till.lines).to_have_count(1)
    await _cash_given(till)
    await till.page.fill("#given", given)
    await till.page.keyboard.press("Enter")
    if asks:
        await expect(till.sheet("ask")).to_contain_text("真的收到这么多吗")
        await till.page.keyboard.press("Enter")  # says no
        await expect(till.page.locator("#given")).to_be_focused()
        await expect(till.page.locator("#given")).to_have_value(given)
        await till.page.keyboard.press("Enter")
        await till.page.keyboard.press("Tab")
        await till.page.keyboard.press("Enter")
    await expect(till.page.locator("button.finish")).to_be_focused()


async def test_many_pieces_are_asked_about(till: TillScreen) -> None:
    await till.scan(MILK)
    await till.set_pieces(MILK_NAME, 100)
    await till.page.click("[data-focus=ask-no]")
    await till.page.fill("#pieces", "99")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("[data-focus=count-0]")).to_have_text("99")


async def test_much_cash_is_asked_about_and_recorded_once_it_is_meant(till: TillScreen) -> None:
    field = await _cash_in(till)
    await till.page.fill(field, "5000")
    await till.page.focus(field)
    await till.page.keyboard.press("Enter")
    await expect(till.sheet("ask")).to_contain_text("¥5,000.00")
    await till.page.click("[data-focus=ask-yes]")
    await till.expect_verdict("good", "¥5,000.00")


async def test_many_notes_are_asked_about(till: TillScreen) -> None:
    field = await _count(till)
    await till.page.fill(field, "1000")
    await till.sheet("closing").locator("button.primary").click()
    await expect(till.sheet("ask")).to_contain_text("¥50.00 有 1000 张")
    await till.page.click("[data-focus=ask-no]")
    await expect(till.page.locator(field)).to_be_focused()


async def test_a_scan_is_no_reason_for_a_refund(till: TillScreen) -> None:
    await till.scan(RICE)
    receipt = await pay(till, ("card", "49.90"))
    await next_customer(till)
    receipts = ReceiptsScreen(till)
    await receipts.open()
    await receipts.row(receipt).get_by_role("button", name="退款").click()
    await till.page.focus("#refund-why")
    keyboard = await Keyboard.at(till.page)
    await keyboard.scan(GUM, gap_ms=120)
    await expect(till.lines).to_have_count(1)
    await expect(till.page.locator("#refund-why")).to_have_value("")
    await expect(till.sheet("approval")).to_have_count(0)
