"""Scanners that type codes in their own way: without an end, or as Alt with numbers (ALT mode)."""

import pytest
from playwright.async_api import Request, expect

from tests.e2e.goods import MILK, OIL, RICE, THIRTY_LESS_FIVE
from tests.e2e.scan.keyboard import AltScanner, Keyboard
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e scan")]

SEARCH = "#article-query"
GS = "\u001d"
GTIN, LOT = "06901234000375", "L7"


@pytest.mark.parametrize("in_field", [False, True], ids=["open", "field"])
async def test_a_code_without_an_end_is_taken_once_nothing_more_comes(
    counter: TillScreen, in_field: bool
) -> None:
    coupon = await counter.shop.coupon(THIRTY_LESS_FIVE)
    if in_field:
        await counter.page.keyboard.press("F2")
    keyboard = await Keyboard.at(counter.page)
    for code in (MILK, RICE, MILK):
        keyboard.pause(400)
        await keyboard.type(code, gap_ms=10)
    keyboard.pause(400)
    await keyboard.type(coupon, gap_ms=2)
    await expect(counter.lines.locator(".count")).to_have_text(["2", "1"])
    await expect(counter.page.locator(".coupon")).to_have_attribute("data-tone", "good")
    if in_field:
        await expect(counter.page.locator(SEARCH)).to_have_value("")


async def test_what_a_person_types_without_an_end_is_not_taken(counter: TillScreen) -> None:
    asked = _codes(counter)
    await counter.page.keyboard.press("F2")
    await counter.type_into(SEARCH, OIL)
    await expect(counter.page.locator(".found button")).to_have_count(1)
    await counter.page.wait_for_timeout(800)
    assert asked == []
    await expect(counter.page.locator(SEARCH)).to_have_value(OIL)


@pytest.mark.parametrize("types_too", [False, True], ids=["Linux", "Windows"])
@pytest.mark.parametrize("in_field", [False, True], ids=["open", "field"])
async def test_alt_mode_is_read_as_what_was_meant(
    counter: TillScreen, in_field: bool, types_too: bool
) -> None:
    asked = _codes(counter)
    coupon = await counter.shop.coupon(THIRTY_LESS_FIVE)
    if in_field:
        await counter.page.keyboard.press("F2")
    scanner = await AltScanner.at(counter.page)
    scanner.types_too = types_too
    for code in (RICE, coupon):
        await scanner.scan(code)
    await expect(counter.lines).to_have_count(1)
    await expect(counter.page.locator(".coupon")).to_have_attribute("data-tone", "good")
    assert asked == [RICE, coupon]
    if in_field:
        await expect(counter.page.locator(SEARCH)).to_have_value("")


async def test_gs_typed_as_alt_029_amid_common_keys_is_gs(counter: TillScreen) -> None:
    asked = _codes(counter)
    scanner = await AltScanner.at(counter.page)
    scanner.only = GS
    await scanner.scan(f"01{GTIN}10{LOT}{GS}17271231", gap_ms=120)
    await expect(counter.lines).to_have_count(1)
    assert asked == [f"01{GTIN}10{LOT}{GS}17271231"]


async def test_a_character_that_can_t_be_told_is_said_so(counter: TillScreen) -> None:
    scanner = await AltScanner.at(counter.page)
    await scanner.scan("6901234é00375")
    await counter.expect_verdict("bad")
    await expect(counter.lines).to_have_count(0)
    await expect(counter.verdict).to_contain_text("再扫")


def _codes(till: TillScreen) -> list[str]:
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/scans"):
            asked.append((request.post_data_json or {})["code"])

    till.page.on("request", note)
    return asked
