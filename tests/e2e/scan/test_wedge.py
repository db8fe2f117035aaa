"""A scanner that types: its codes arrive whatever has the focus, and its Enter presses nothing."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, Request, expect

from tests.e2e.goods import COFFEE, MILK, OIL, RICE
from tests.e2e.scan.keyboard import Keyboard
from tests.e2e.till_screen import HUMAN_MS, TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e scan")]

GAPS_MS = {MILK: 0, RICE: 20, OIL: 50, COFFEE: 200}
"""Between the keys of a code's scan."""
SKUS = ["A001", "A005", "A007", "A015"]
HALF = MILK[:7]

Focus = Callable[[TillScreen], Awaitable[str | None]]
"""Moves the focus; returns the selector of the field that has it, None for no field."""


async def _body(till: TillScreen) -> None:
    await till.page.evaluate("document.activeElement.blur()")


async def _button(till: TillScreen) -> None:
    await till.page.focus("[data-function=settings]")


async def _scan_field(till: TillScreen) -> None:
    await till.page.click("#scan-field")


async def _search(till: TillScreen) -> str:
    await till.page.keyboard.press("F2")
    return "#article-query"


async def _member(till: TillScreen) -> str:
    await till.page.keyboard.press("F3")
    return "#member-query"


async def _receipts(till: TillScreen) -> str:
    await till.page.keyboard.press("F7")
    return "#receipt-query"


async def _quantity(till: TillScreen) -> str:
    await _put_in(till, MILK)
    await till.page.click("[data-focus=count-0]")
    return "#pieces"


async def _payment(till: TillScreen) -> str:
    await _put_in(till, MILK)
    await till.page.keyboard.press("F9")
    return "#given"


@pytest.mark.parametrize(
    "focus", [_body, _button, _scan_field, _search, _member, _receipts, _quantity, _payment]
)
async def test_scans_of_any_speed_arrive_wherever_the_focus_is(
    counter: TillScreen, focus: Focus
) -> None:
    field = await focus(counter)
    if field:
        await expect(counter.page.locator(field)).to_be_focused()
    held = await counter.page.input_value(field) if field else ""
    keyboard = await Keyboard.at(counter.page)
    for code, gap_ms in GAPS_MS.items():
        await keyboard.scan(code, gap_ms=gap_ms)
    await expect(counter.lines).to_have_count(len(SKUS))
    assert await _skus(counter) == SKUS
    if field:
        await expect(counter.page.locator(field)).to_have_value(held)


async def test_scans_by_a_real_clock_arrive(counter: TillScreen) -> None:
    for code, gap_ms in GAPS_MS.items():
        await counter.scan(code, gap_ms=gap_ms)
    await expect(counter.lines).to_have_count(len(SKUS))
    assert await _skus(counter) == SKUS


@pytest.mark.parametrize("gap_ms", GAPS_MS.values())
async def test_enter_of_a_scan_presses_no_button_and_that_of_a_person_does(
    counter: TillScreen, gap_ms: int
) -> None:
    await _button(counter)
    keyboard = await Keyboard.at(counter.page)
    await keyboard.scan(MILK, gap_ms=gap_ms)
    await keyboard.enter(gap_ms=gap_ms)  # as of a scanner that ends codes by CR and LF
    await expect(counter.lines).to_have_count(1)
    await expect(counter.sheet("settings")).to_have_count(0)
    await keyboard.enter()
    await expect(counter.sheet("settings")).to_be_visible()


async def test_enter_of_a_scan_finishes_no_sale(counter: TillScreen) -> None:
    await _put_in(counter, MILK)
    keyboard = await Keyboard.at(counter.page)
    await keyboard.press("F9")
    await keyboard.enter()
    await expect(counter.page.locator("button.finish")).to_be_focused()
    await keyboard.scan(RICE)
    await expect(counter.lines).to_have_count(2)
    await expect(counter.sheet("done")).to_have_count(0)
    await expect(counter.page.locator("#given")).to_be_visible()


async def test_a_scan_amid_which_the_sheet_is_drawn_anew_leaves_nothing_in_the_amount(
    counter: TillScreen,
) -> None:
    await _put_in(counter, MILK)
    keyboard = await Keyboard.at(counter.page)
    await keyboard.press("F9")
    given = counter.page.locator("#given")
    await given.fill("100")
    keyboard.pause(HUMAN_MS)
    await keyboard.type(RICE[:-1], gap_ms=20)
    counter.shop.devices.scanner.scan(OIL)
    await expect(counter.lines).to_have_count(2)
    await keyboard.type(RICE[-1], gap_ms=20)
    await keyboard.enter(gap_ms=20)
    await expect(counter.lines).to_have_count(3)
    await expect(given).to_have_value("100")


async def test_keys_right_after_a_scan_do_what_they_say(counter: TillScreen) -> None:
    keyboard = await Keyboard.at(counter.page)
    await keyboard.scan(MILK)
    await expect(counter.lines).to_have_count(1)
    scanned_at = keyboard.now
    await counter.page.keyboard.press("F9")
    await keyboard.enter(gap_ms=100)
    await expect(counter.page.locator("button.finish")).to_be_focused()
    await keyboard.enter(gap_ms=100)
    assert keyboard.now - scanned_at < 0.3
    await expect(counter.sheet("done")).to_be_visible()


async def test_a_scan_is_no_pin_and_a_pin_is_no_scan(counter: TillScreen) -> None:
    asked = _listen(counter.page)
    await counter.page.keyboard.press("F10")
    await counter.sheet("settings").get_by_role("button", name="锁屏").click()
    pin = counter.page.locator("#unlock-pin")
    await expect(pin).to_be_focused()
    keyboard = await Keyboard.at(counter.page)
    for code, gap_ms in GAPS_MS.items():
        await keyboard.scan(code, gap_ms=gap_ms)
    await counter.expect_verdict("warn", "4")
    await expect(pin).to_have_value("")
    assert _bodies(asked, "/unlock") == []

    own = counter.shop.cashier.pin
    await _give_pin(keyboard, own + own, gap_ms=HUMAN_MS)
    await expect(counter.page.locator("#unlock-wrong")).not_to_be_empty()
    await _give_pin(keyboard, own, gap_ms=20)
    await expect(counter.sheet("unlock")).to_have_count(0)
    await expect(counter.lines).to_have_count(len(SKUS))
    assert await _skus(counter) == SKUS
    assert [body["pin"] for body in _bodies(asked, "/unlock")] == [own + own, own]
    assert [body["code"] for body in _bodies(asked, "/scans")] == list(GAPS_MS)


async def test_what_a_person_types_between_scans_stays(counter: TillScreen) -> None:
    field = await _search(counter)
    keyboard = await Keyboard.at(counter.page)
    await keyboard.type("A0", gap_ms=HUMAN_MS)
    await keyboard.scan(MILK, pause_ms=100)
    await keyboard.type("1", gap_ms=HUMAN_MS)
    await keyboard.scan(RICE, gap_ms=50)
    await keyboard.type("2", gap_ms=HUMAN_MS)
    await expect(counter.page.locator(field)).to_have_value("A012")
    await expect(counter.page.locator("[data-focus=article-A012]")).to_be_visible()
    await expect(counter.lines).to_have_count(2)


async def test_an_article_s_sku_may_be_typed_by_hand(counter: TillScreen) -> None:
    await _body(counter)
    keyboard = await Keyboard.at(counter.page)
    await keyboard.type("a012", gap_ms=HUMAN_MS)
    await keyboard.enter()
    await expect(counter.lines).to_have_count(1)
    assert await _skus(counter) == ["A012"]
    await keyboard.type("a0", gap_ms=HUMAN_MS)
    await keyboard.enter()
    await counter.expect_verdict("bad", "无法识别")
    await expect(counter.lines).to_have_count(1)


async def test_what_a_person_types_outside_fields_stays_in_the_scan_field(
    counter: TillScreen,
) -> None:
    await _body(counter)
    keyboard = await Keyboard.at(counter.page)
    await keyboard.type(RICE[:6], gap_ms=HUMAN_MS)
    await keyboard.scan(MILK)
    await keyboard.type(RICE[6:], gap_ms=HUMAN_MS)
    await expect(counter.page.locator("#scan-field")).to_have_value(RICE)
    await keyboard.enter()
    await expect(counter.lines).to_have_count(2)
    assert await _skus(counter) == ["A001", "A005"]


@pytest.mark.parametrize("gap_ms", [0, 20, 200])
async def test_two_scans_without_a_pause_are_two(counter: TillScreen, gap_ms: int) -> None:
    await _search(counter)
    keyboard = await Keyboard.at(counter.page)
    await keyboard.scan(MILK, gap_ms=gap_ms)
    await keyboard.scan(RICE, gap_ms=gap_ms, pause_ms=0)
    await expect(counter.lines).to_have_count(2)
    assert await _skus(counter) == ["A001", "A005"]


async def test_a_scan_that_breaks_off_is_not_taken(counter: TillScreen) -> None:
    asked = _listen(counter.page)
    keyboard = await Keyboard.at(counter.page)
    keyboard.pause(0)
    await keyboard.type(HALF, gap_ms=20)
    await keyboard.scan(RICE)
    await expect(counter.lines).to_have_count(1)
    assert [body["code"] for body in _bodies(asked, "/scans")] == [RICE]


async def test_a_scan_that_lost_its_middle_is_refused(counter: TillScreen) -> None:
    coupon = await counter.shop.coupon("P1")
    keyboard = await Keyboard.at(counter.page)
    await keyboard.scan(coupon[:40] + coupon[60:])
    await counter.expect_verdict("bad", "无效券")
    await keyboard.scan(MILK[:4] + MILK[6:])
    await counter.expect_verdict("bad")
    await expect(counter.page.locator(".coupon, #basket .line")).to_have_count(0)


async def _put_in(till: TillScreen, code: str) -> None:
    await till.scan(code)
    await expect(till.lines).to_have_count(1)


async def _give_pin(keyboard: Keyboard, pin: str, *, gap_ms: int) -> None:
    keyboard.pause(400)
    await keyboard.type(pin, gap_ms=gap_ms)
    await keyboard.enter(gap_ms=gap_ms)


async def _skus(till: TillScreen) -> list[str]:
    basket = await till.api("GET", f"/tills/{await till.till()}/basket")
    return [line["sku"] for line in basket["content"]["lines"]]  # type: ignore[index]


def _listen(page: Page) -> list[Request]:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    return asked


def _bodies(asked: list[Request], path: str) -> list[dict[str, str]]:
    return [request.post_data_json or {} for request in asked if request.url.endswith(path)]
