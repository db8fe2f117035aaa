"""What is needed next stays in sight: in low, enlarged and narrow windows, with long names.

All of it grows with the screen.
"""

import json

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.e2e.desk import clear_till
from tests.e2e.goods import (
    COFFEE,
    MILK,
    OIL,
    RICE,
    RICE_NAME,
    TENTH_OFF,
    THIRTY_LESS_FIVE,
    scale_label,
)
from tests.e2e.screen.looks import misfits, still
from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen
from tests.e2e.windows import DESK, PHONE, begin_at_once, empty_window

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

LONG_NAME = "Extraordinarily" * 12 + "超长商品名称" * 20
LEAST_PAD_PX = 60
"""Of a key of the number pad on a till's screen: a finger is 48 px, a thumb in a hurry more."""
WHOLE = 0.98
"""Of what is in sight; browsers round."""
WINDOWS = [(512, 384), (683, 384), (819, 614), (910, 512), (931, 698), (1366, 625), (1366, 768)]
"""1024×768 and 1366×768 at 100 to 200 %, and in a window with the browser's own bars."""
SIGNS = ("line", "outbox", "parked", "printer", "scanner")

_REACH_ALL = "document.querySelectorAll('.sheet').forEach((sheet) => (sheet.inert = false))"
"""What can't be reached is not hit by a point, even where it hides what can."""
_TOUCHED = """(it) => {
    if (!it.isConnected) return null;
    const {left, right, top, bottom} = it.getBoundingClientRect();
    return it.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
}"""
_CUT_OFF = """() => [...document.querySelectorAll(".chip .name")]
    .filter((it) => {
        const text = document.createRange();
        text.selectNodeContents(it);
        return text.getBoundingClientRect().right > it.parentElement.getBoundingClientRect().right
            || it.scrollWidth > it.clientWidth;
    }).map((it) => it.textContent)"""
"""The names of signs that end beyond their sign."""


async def test_the_newest_coupon_is_in_sight(counter: TillScreen) -> None:
    await counter.scan(RICE)
    for promotion, store, number in (
        (THIRTY_LESS_FIVE, "MB001", 1),
        (THIRTY_LESS_FIVE, "MB001", 2),
        (TENTH_OFF, None, 3),
    ):
        await counter.scan(await counter.shop.coupon(promotion, store=store))
        await expect(counter.page.locator(".coupon")).to_have_count(number)
    await expect(counter.page.locator(".coupon").last).to_be_in_viewport(ratio=WHOLE)
    assert await _is_uncovered(counter.page.locator("[data-focus=coupon-2]"))


async def test_the_money_can_be_taken_without_scrolling_below_two_notices(
    screen: TillScreen,
) -> None:
    await clear_till(screen.shop)
    await screen.sign_in(screen.shop.cashier)
    await expect(screen.page.locator("[data-notice=no-shift]")).to_be_visible()
    await expect(screen.sheet("shift")).to_be_visible()
    await screen.page.keyboard.press("Escape")
    await screen.scan(RICE)
    await expect(screen.lines).to_have_count(1)
    await screen.page.keyboard.press("F9")
    await _add_notice(screen.page)
    await expect(screen.page.locator(".notice")).to_have_count(2)
    await expect(screen.page.locator("#sheets button.primary")).to_be_in_viewport(ratio=WHOLE)


async def test_verdict_line_and_way_to_pay_stay_in_sight_on_a_telephone(
    counter: TillScreen,
) -> None:
    codes = [RICE, MILK, OIL, COFFEE, *[scale_label(fen) for fen in range(100, 1_100, 100)]]
    await _resize(counter.page, PHONE)
    try:
        for code in codes:
            await counter.scan(code)
        await expect(counter.lines).to_have_count(len(codes))
        way = counter.page.locator("button.pay")
        await expect(way).to_contain_text("¥205.20")
        for needed in (way, counter.verdict, counter.lines.last):
            await expect(needed).to_be_in_viewport(ratio=WHOLE)
            assert await _is_uncovered(needed)
    finally:
        await _resize(counter.page, DESK)


async def test_how_the_store_stands_stays_in_sight_on_a_telephone(counter: TillScreen) -> None:
    page = counter.page
    signs = [page.locator(f"[data-chip={it}]") for it in SIGNS]
    await _resize(page, PHONE)
    try:
        for code in (RICE, MILK, OIL, COFFEE):
            await counter.scan(code)
        await expect(counter.lines).to_have_count(4)
        await page.locator("#keys").scroll_into_view_if_needed()
        await expect(page.locator("#status .who")).not_to_be_in_viewport()
        for sign in (*signs, page.locator("[data-chip=limits]"), page.locator("#verdict")):
            await expect(sign).to_be_in_viewport(ratio=WHOLE)
            assert await _is_uncovered(sign)
        await page.keyboard.press("F9")
        await expect(counter.sheet("pay")).to_be_visible()
        for sign in (*signs, counter.sheet("pay").locator("button.primary")):
            await expect(sign).to_be_in_viewport(ratio=WHOLE)
        assert await misfits(page) == []
    finally:
        await page.keyboard.press("Escape")
        await _resize(page, DESK)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_no_sign_is_cut_off_on_a_telephone(
    shop: Shop, browser: Browser, language: str
) -> None:
    async with empty_window(shop, browser, size=PHONE, language=language) as page:
        till = await begin_at_once(page, shop)
        await expect(till.chip("parked")).to_contain_text("0")
        assert await page.evaluate(_CUT_OFF) == []


@pytest.mark.parametrize("size", WINDOWS)
async def test_long_names_and_enlarged_pages_stay_in_the_window(
    counter: TillScreen, size: tuple[int, int]
) -> None:
    page = counter.page
    await page.route("**/api/v1/tills/*/basket", _with_long_names)
    await _resize(page, size)
    try:
        await counter.scan(RICE)
        await expect(counter.lines).to_contain_text([LONG_NAME])
        assert await misfits(page) == []
        await page.click("[data-focus=count-0]")
        assert await misfits(page) == []
        assert await page.evaluate("[scrollX, document.body.scrollLeft]") == [0, 0]
        await page.keyboard.press("Escape")
        await page.keyboard.press("F9")
        await expect(counter.sheet("pay")).to_be_visible()
        assert await misfits(page) == []
    finally:
        await page.unroute_all(behavior="wait")
        await _resize(page, DESK)


async def test_text_rows_and_pad_grow_with_the_screen(counter: TillScreen) -> None:
    page = counter.page
    await counter.scan(RICE)
    await expect(counter.lines).to_have_count(1)
    await page.keyboard.press("F9")
    await expect(counter.sheet("pay")).to_be_visible()
    heights: dict[str, list[float]] = {"button.pad >> nth=0": [], ".line": [], ".line .name": []}
    try:
        for size in (DESK, (1366, 768), (1920, 1080)):
            await _resize(page, size)
            for what, found in heights.items():
                found.append(await page.locator(what).evaluate("it => it.offsetHeight"))
            assert await misfits(page) == []
    finally:
        await _resize(page, DESK)
    for what, (small, wide, large) in heights.items():
        assert wide >= small, what
        assert large >= 1.3 * small, what
    assert heights["button.pad >> nth=0"][0] >= LEAST_PAD_PX


async def test_the_newest_sheet_lies_on_top(counter: TillScreen) -> None:
    page = counter.page
    await page.keyboard.press("F10")
    await expect(counter.sheet("settings")).to_be_visible()
    await page.get_by_role("button", name="退出登录").focus()
    await counter.scan(RICE)
    await expect(counter.lines).to_have_count(1)  # of which leaving warns
    await page.get_by_role("button", name="退出登录").click()
    await expect(counter.sheet("leave")).to_be_visible()
    await still(page)
    await page.evaluate(_REACH_ALL)
    for button in await counter.sheet("leave").get_by_role("button").all():
        assert await _is_uncovered(button)


async def _with_long_names(route: Route) -> None:
    answer = await route.fetch()
    told = (await answer.text()).replace(json.dumps(RICE_NAME, ensure_ascii=False)[1:-1], LONG_NAME)
    await route.fulfill(response=answer, body=told)


async def _add_notice(page: Page) -> None:
    """As static/screen/notices.js does."""
    await page.evaluate("""() => {
        const notice = document.querySelector("#notices .notice").cloneNode(true);
        notice.firstChild.textContent = "The drawer did not open: use its key and look there.";
        document.querySelector("#notices").append(notice);
    }""")


async def _is_uncovered(button: Locator) -> bool:
    """Whether its middle can be touched; the page may draw it anew while it is looked for."""
    while (touched := await button.evaluate(_TOUCHED)) is None:
        pass
    return bool(touched)


async def _resize(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
