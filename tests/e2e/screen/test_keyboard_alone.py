"""A cashier who has only a keyboard can do everything, and always sees where they are."""

import re

import pytest
from playwright.async_api import Route, expect

from tests.e2e.goods import MEMBER_LAST_FOUR, MILK, RICE, THIRTY_LESS_FIVE
from tests.e2e.scan.keyboard import Keyboard
from tests.e2e.till_screen import HUMAN_MS, TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

SHEETS = {
    "F1": "help",
    "F2": "search",
    "F3": "members",
    "F4": "held",
    "F7": "receipts",
    "F8": "shift",
    "F10": "settings",
}
"""What each key opens over an empty basket."""

_FOCUS = """() => {
    const it = document.activeElement;
    const seen = it.checkVisibility({visibilityProperty: true}) && !it.closest("[inert]");
    return it === document.body || !seen ? "" : it.dataset.focus || it.id || it.outerHTML;
}"""


async def test_a_whole_sale_by_keyboard(counter: TillScreen) -> None:
    keys = counter.page.keyboard
    await counter.api("DELETE", "/sessions/current", {})
    await counter.reload()
    await keys.type(counter.shop.cashier.number, delay=HUMAN_MS)
    await keys.press("Tab")
    await keys.type(counter.shop.cashier.pin, delay=HUMAN_MS)
    await keys.press("Enter")
    await expect(counter.sheet("sign-in")).to_have_count(0)

    await counter.scan(RICE)
    await expect(counter.lines).to_have_count(1)
    await keys.press("F2")
    await keys.type("A001", delay=HUMAN_MS)
    await keys.press("Enter")
    await expect(counter.page.locator("[data-focus=article-A001]")).to_be_focused()
    await keys.press("Enter")
    await expect(counter.lines).to_have_count(2)
    await keys.press("Escape")
    await keys.press("F3")
    await keys.type(MEMBER_LAST_FOUR, delay=HUMAN_MS)
    await keys.press("Enter")
    await expect(counter.page.locator("button.choice")).to_be_focused()
    await keys.press("Enter")
    await counter.expect_verdict("good", MEMBER_LAST_FOUR)
    await counter.scan(await counter.shop.coupon(THIRTY_LESS_FIVE))
    await expect(counter.payable).to_have_text("¥48.40")
    receipt = await counter.pay_cash("50")
    await expect(counter.sheet("done").locator(".change strong")).to_have_text("¥1.60")
    await keys.press("Enter")
    await expect(counter.sheet("done")).to_have_count(0)
    assert re.fullmatch(r"MB001-T1-\d{6}", receipt)


async def test_keys_work_on_the_marked_line_wherever_the_focus_is(counter: TillScreen) -> None:
    keys = counter.page.keyboard
    pieces, marked = counter.lines.first.locator(".count"), counter.page.locator(".line.marked")
    await counter.scan(MILK)
    await counter.scan(RICE)
    await expect(marked).to_contain_text("东北大米")
    await keys.press("ArrowUp")
    await expect(counter.lines.first).to_have_class(re.compile("marked"))
    await keys.press("ArrowRight")
    await expect(pieces).to_have_text("2")
    await keys.press("+")
    await keys.press("+")
    await expect(pieces).to_have_text("4")
    await keys.press("ArrowLeft")
    await expect(pieces).to_have_text("3")
    await keys.type("-----")
    await expect(pieces).to_have_text("1")
    await counter.page.focus("[data-focus=member]")
    await keys.press("Delete")
    await expect(counter.lines).to_have_count(1)
    await expect(marked).to_contain_text("东北大米")


async def test_a_number_and_a_star_are_the_pieces_of_what_comes_next(counter: TillScreen) -> None:
    keys = counter.page.keyboard
    pieces = counter.lines.first.locator(".count")
    await keys.type("3*", delay=HUMAN_MS)
    await counter.scan(MILK)
    await expect(pieces).to_have_text("3")
    await counter.scan(MILK)
    await expect(pieces).to_have_text("4")
    await keys.type("2*A001", delay=HUMAN_MS)
    await keys.press("Enter")
    await expect(pieces).to_have_text("6")
    await keys.type("12*", delay=HUMAN_MS)
    await keys.press("Enter")
    await expect(pieces).to_have_text("12")
    await keys.type("200*", delay=HUMAN_MS)
    await keys.press("Enter")
    await expect(counter.sheet("ask")).to_contain_text("200")
    await counter.page.click("[data-focus=ask-no]")
    await expect(counter.sheet("ask")).to_have_count(0)
    await expect(pieces).to_have_text("12")


async def test_a_basket_that_was_cleared_comes_back_whole(counter: TillScreen) -> None:
    await counter.scan(MILK)
    await counter.scan(RICE)
    await counter.scan(await counter.shop.coupon(THIRTY_LESS_FIVE))
    await expect(counter.page.locator(".coupon")).to_have_count(1)
    before = await counter.payable.inner_text()
    await counter.page.keyboard.press("F6")
    await expect(counter.lines).to_have_count(0)
    await expect(counter.page.locator(".coupon")).to_have_count(0)
    await counter.page.locator("[data-notice=cleared] button").click()
    await expect(counter.lines).to_have_count(2)
    await expect(counter.payable).to_have_text(before)


async def test_a_held_basket_is_deleted_only_if_that_is_meant(counter: TillScreen) -> None:
    held = counter.sheet("held").locator("li")
    await counter.scan(MILK)
    await expect(counter.lines).to_have_count(1)
    await counter.page.keyboard.press("F4")
    await expect(counter.lines).to_have_count(0)
    await counter.page.keyboard.press("F4")
    await expect(held.first).to_be_visible()
    before = await held.count()
    await held.first.locator("button.remove").click()
    await counter.page.locator("[data-focus=ask-no]").click()
    await expect(held).to_have_count(before)
    await held.first.locator("button.remove").click()
    await counter.page.locator("[data-focus=ask-yes]").click()
    await expect(held).to_have_count(before - 1)


async def test_question_mark_lists_the_keys_and_each_does_as_it_says(counter: TillScreen) -> None:
    keys = counter.page.keyboard
    await keys.press("?")
    listed = await counter.sheet("help").locator("kbd").all_inner_texts()
    assert {*SHEETS, "F9"} <= set(listed)
    await keys.press("Escape")
    for key, name in SHEETS.items():
        await keys.press(key)
        await expect(counter.sheet(name)).to_be_visible()
        assert await counter.page.evaluate(_FOCUS) != ""
        await keys.press("Escape")
        await expect(counter.sheet(name)).to_have_count(0)
    await counter.scan(MILK)
    await expect(counter.lines).to_have_count(1)
    await keys.press("F9")
    await expect(counter.sheet("pay")).to_be_visible()


async def test_tab_stays_in_a_sheet_and_focus_returns_from_it(counter: TillScreen) -> None:
    keys = counter.page.keyboard
    await counter.page.focus("[data-function=settings]")
    await keys.press("Enter")
    await expect(counter.sheet("settings")).to_be_visible()
    for _ in range(20):
        await keys.press("Tab")
        focus = counter.page.locator(":focus")
        if await focus.count():
            assert await focus.evaluate("(it) => it.closest('#work, #keys')") is None
    await keys.press("Escape")
    await expect(counter.page.locator("[data-function=settings]")).to_be_focused()


async def test_focus_is_never_lost_with_what_had_it(counter: TillScreen) -> None:
    await counter.scan(MILK)
    await counter.scan(RICE)
    await counter.scan(await counter.shop.coupon(THIRTY_LESS_FIVE))
    await expect(counter.page.locator(".coupon")).to_have_count(1)
    keyboard, lost = await Keyboard.at(counter.page), []
    for button in ("coupon-0", "remove-0", "remove-0"):
        before = await counter.page.locator(".coupon, #basket .line").count()
        await counter.page.focus(f"[data-focus={button}]")
        keyboard.pause(0)
        await keyboard.enter()
        await expect(counter.page.locator(".coupon, #basket .line")).to_have_count(before - 1)
        lost += [button] if await counter.page.evaluate(_FOCUS) == "" else []
    assert lost == []


async def test_focus_is_safe_while_a_sale_is_being_recorded(counter: TillScreen) -> None:
    focused: list[str] = []

    async def wait(route: Route) -> None:
        focused.append(await counter.page.evaluate(_FOCUS))
        await counter.page.keyboard.press("Enter")
        await route.continue_()

    await counter.page.route("**/api/v1/sales", wait, times=1)
    await counter.scan(MILK)
    await expect(counter.lines).to_have_count(1)
    await counter.pay_cash("10")
    await expect(counter.sheet("done").locator(".change strong")).to_have_text("¥6.50")
    assert focused != [""]
