"""A scanner that types under any layout, Caps Lock or input method, or with marks of its own."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.goods import MILK, OIL, RICE, THIRTY_LESS_FIVE
from tests.e2e.scan.keyboard import InputMethod, Keyboard
from tests.e2e.screen.layouts import FRENCH, GERMAN, RUSSIAN, US, Layout
from tests.e2e.till_screen import HUMAN_MS, TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e scan")]

SEARCH = "#article-query"
GAPS_MS = (0, 20, 50, 200)

_SET_MARKS = """document.addEventListener("readystatechange", () => {
    const marks = sessionStorage.getItem("marks of scanner");
    if (marks) Object.assign(document.body.dataset, JSON.parse(marks));
}, {once: true})"""


@pytest.mark.parametrize("in_field", [False, True], ids=["open", "field"])
@pytest.mark.parametrize(
    ("layout", "caps_lock"),
    [(US, True), (FRENCH, False), (FRENCH, True), (GERMAN, False), (RUSSIAN, False)],
    ids=["caps lock", "French", "French, caps lock", "German", "Russian"],
)
async def test_codes_arrive_under_any_layout(
    counter: TillScreen, layout: Layout, caps_lock: bool, in_field: bool
) -> None:
    keyboard = await Keyboard.at(counter.page)
    keyboard.layout, keyboard.caps_lock = layout, caps_lock
    await _scan_rice_and_coupon(counter, keyboard, in_field=in_field)


@pytest.mark.parametrize("caps_lock", [False, True], ids=["", "caps lock"])
async def test_codes_arrive_where_the_system_does_not_tell_physical_keys(
    counter: TillScreen, caps_lock: bool
) -> None:
    keyboard = await Keyboard.at(counter.page)
    keyboard.knows_keys, keyboard.caps_lock = False, caps_lock
    await _scan_rice_and_coupon(counter, keyboard, in_field=True)


@pytest.mark.parametrize("in_field", [False, True], ids=["open", "field"])
async def test_codes_arrive_while_an_input_method_takes_the_keys(
    counter: TillScreen, in_field: bool
) -> None:
    keyboard = await InputMethod.at(counter.page)
    await _scan_rice_and_coupon(counter, keyboard, in_field=in_field)


async def test_what_a_person_composes_is_theirs(counter: TillScreen) -> None:
    asked: list[str] = []
    counter.page.on("request", lambda request: asked.append(request.url))
    await counter.page.keyboard.press("F2")
    keyboard = await InputMethod.at(counter.page)
    await keyboard.type("niunai", gap_ms=HUMAN_MS)
    await keyboard.choose("牛奶")
    await expect(counter.page.locator(SEARCH)).to_have_value("牛奶")
    await expect(counter.page.locator("[data-focus=article-A001]")).to_be_visible()
    await keyboard.scan(OIL)
    await expect(counter.lines).to_have_count(1)
    await expect(counter.page.locator(SEARCH)).to_have_value("牛奶")
    assert len([url for url in asked if url.endswith("/scans")]) == 1


@pytest.mark.parametrize(
    ("prefix", "suffix", "in_field"),
    [("%", "", True), ("", "#", True), ("%", "#", False), ("=[", "]=", True)],
    ids=["prefix", "suffix", "both in the open", "both of two keys"],
)
async def test_marks_around_codes_tell_them_apart(
    counter: TillScreen, prefix: str, suffix: str, in_field: bool
) -> None:
    await _set_marks(counter, prefix, suffix)
    if in_field:
        await counter.page.keyboard.press("F2")
    keyboard = await Keyboard.at(counter.page)
    for gap_ms in GAPS_MS:
        for code in (MILK, RICE):
            keyboard.pause(400)
            await keyboard.type(prefix + code + suffix, gap_ms=gap_ms)
            if not suffix:
                await keyboard.enter(gap_ms=gap_ms)
    await expect(counter.lines.locator(".count")).to_have_text([str(len(GAPS_MS))] * 2)
    if in_field:
        await expect(counter.page.locator(SEARCH)).to_have_value("")
    await _forget_marks(counter.page)


async def _scan_rice_and_coupon(till: TillScreen, keyboard: Keyboard, *, in_field: bool) -> None:
    coupon = await till.shop.coupon(THIRTY_LESS_FIVE)
    if in_field:
        await till.page.keyboard.press("F2")
    for gap_ms in GAPS_MS:
        await keyboard.scan(RICE, gap_ms=gap_ms)
    await keyboard.scan(coupon, gap_ms=50)
    await expect(till.lines.locator(".count")).to_have_text([str(len(GAPS_MS))])
    await expect(till.page.locator(".coupon")).to_have_attribute("data-tone", "good")
    await till.expect_verdict("good", "¥5.00")
    if in_field:
        await expect(till.page.locator(SEARCH)).to_have_value("")
        await expect(till.page.locator(SEARCH)).to_be_focused()


async def _set_marks(till: TillScreen, prefix: str, suffix: str) -> None:
    """Load the page as the agent gives it when its settings name these marks."""
    await till.page.add_init_script(_SET_MARKS)
    await till.page.evaluate(
        "(marks) => sessionStorage.setItem('marks of scanner', JSON.stringify(marks))",
        {"scanPrefix": prefix, "scanSuffix": suffix},
    )
    await till.reload()


async def _forget_marks(page: Page) -> None:
    await page.evaluate("sessionStorage.removeItem('marks of scanner')")
