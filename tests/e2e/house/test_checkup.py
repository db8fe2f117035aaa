"""A supervisor has this PC looked at from the till: plain words, the worst first."""

import pytest
from playwright.async_api import expect

from tests.e2e.desk import clear_till
from tests.e2e.till_screen import TillScreen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

TIMEOUT_MS = 60_000


async def test_a_supervisor_sees_what_the_doctor_finds(screen: TillScreen) -> None:
    await clear_till(screen.shop)
    await screen.sign_in(screen.shop.supervisor)
    await screen.settle_shift()
    await screen.page.keyboard.press("F10")
    await screen.page.get_by_role("button", name="检查这台电脑").click()
    sheet = screen.sheet("checkup")
    await expect(sheet.get_by_role("button", name="再检查一次")).to_be_visible(timeout=TIMEOUT_MS)
    line = sheet.locator("[data-check=head_office]")
    await expect(line).to_contain_text("能连上总部")
    await expect(sheet.locator("[data-code=journal_whole]")).to_contain_text("流水完整")
    tones = await sheet.locator(".finding").evaluate_all("all => all.map(one => one.dataset.tone)")
    order = ["bad", "warn", "plain", "good"]
    assert tones == sorted(tones, key=order.index)
    assert {"good"} < {*tones}
    told = sheet.locator(".finding:not([data-tone=good])").first
    await told.locator("summary").click()
    await expect(told.locator("details")).to_have_attribute("open", "")


async def test_a_cashier_is_not_offered_it(till: TillScreen) -> None:
    await till.page.keyboard.press("F10")
    await expect(till.sheet("settings")).to_be_visible()
    await expect(till.page.get_by_role("button", name="检查这台电脑")).to_have_count(0)
