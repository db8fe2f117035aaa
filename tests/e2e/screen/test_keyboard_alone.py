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


async def test_lines_are_changed_by_keyboard(counter: TillScreen) -> None:
    keys = counter.page.keyboard
    await counter.scan(MILK)
    await counter.scan(RICE)
    await expect(counter.lines).to_have_count(2)
    await counter.page.focus("[data-focus=count-1]")
    await keys.press("ArrowUp")
    await keys.press("ArrowRight")
    await expect(counter.lines.first.locator(".count")).to_have_text("2")
    await keys.press("Delete")
    await expect(counter.lines).to_have_count(1)
    await expect(counter.lines).to_contain_text("东北大米")


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
