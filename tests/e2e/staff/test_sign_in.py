"""Who may work at the till: PINs and their lock, locking when idle, taking over."""

import asyncio
import subprocess

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.e2e.desk import sign_out
from tests.e2e.goods import RICE, RICE_NAME
from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen
from tests.lab.demo.supply import PEOPLE
from tests.lab.service import console_script

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

SECOND = PEOPLE[1]
WRONG_PIN = "9753"
FREE_TRIES = 5
IDLE_MS = 300_000
"""The default of till.idle_lock_seconds."""


async def try_pin(screen: TillScreen, number: str, pin: str, told: str) -> None:
    """Try to sign in; wait for what the page says."""
    wrong = screen.page.locator("#sign-in-wrong")
    await screen.page.fill("#cashier", number)
    await screen.page.fill("#pin", pin)
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("#pin")).to_have_value("")
    await expect(wrong).to_contain_text(told)


async def store_it(shop: Shop, *command: str) -> None:
    """Run a command of store-agent as store IT does."""
    running = await asyncio.create_subprocess_exec(
        console_script("store-agent"),
        *command,
        *["--config", str(shop.site.place.config_file)],
        stdout=subprocess.DEVNULL,
    )
    assert await running.wait() == 0


async def test_wrong_pins_lock_their_number_until_somebody_unlocks_it(screen: TillScreen) -> None:
    for _ in range(FREE_TRIES):
        await try_pin(screen, SECOND.number, WRONG_PIN, "工号或密码不对")
    await screen.reload()
    for pin in (WRONG_PIN, SECOND.pin):
        await try_pin(screen, SECOND.number, pin, "密码输错太多次，请 1 分钟后再试，或请主管解锁")
    await screen.begin(screen.shop.cashier)  # another number is not locked with it
    await sign_out(screen)
    await store_it(screen.shop, "cashier", "unlock", SECOND.number)
    await screen.sign_in(SECOND)


async def session_of(shop: Shop, cookie: dict[str, str]) -> tuple[int, str]:
    """Ask who is signed in with this cookie alone; return the status, and the number or code."""
    async with aiohttp.ClientSession(shop.site.url, cookies=cookie) as client:
        answer = await client.get("/api/v1/sessions/current")
        told = await answer.json()
        return answer.status, told.get("cashier") or told["code"]


async def cookie_of(page: Page) -> dict[str, str]:
    """The window's session: the cookie's name and value."""
    given = {one["name"]: one["value"] for one in await page.context.cookies()}
    (name,) = [name for name in given if name.startswith("store_session_")]
    return {name: given[name]}


async def test_an_idle_till_locks_and_opens_by_its_cashiers_pin(
    page: Page, screen: TillScreen
) -> None:
    await page.clock.install()
    await screen.reload()
    await screen.begin(screen.shop.cashier)
    await screen.scan(RICE)
    await screen.expect_verdict("tick", RICE_NAME)
    await page.clock.fast_forward(IDLE_MS - 10_000)
    await expect(screen.sheet("unlock")).to_have_count(0)
    await page.clock.fast_forward(10_001)
    await expect(screen.sheet("unlock")).to_contain_text("工号 1001")
    await page.fill("#unlock-pin", SECOND.pin)
    await page.keyboard.press("Enter")
    await expect(page.locator("#unlock-wrong")).to_contain_text("密码不对")
    assert await session_of(screen.shop, await cookie_of(page)) == (200, "1001")
    await page.fill("#unlock-pin", screen.shop.cashier.pin)
    await page.keyboard.press("Enter")
    await expect(screen.sheet("unlock")).to_have_count(0)
    await expect(screen.lines).to_contain_text(RICE_NAME)
    await page.close()  # and its clock with it


async def test_who_takes_over_finds_the_basket_and_the_old_cookie_is_dead(till: TillScreen) -> None:
    await till.scan(RICE)
    await expect(till.lines).to_have_count(1)
    old = await cookie_of(till.page)
    assert await session_of(till.shop, old) == (200, till.shop.cashier.number)
    await till.page.keyboard.press("F10")
    await till.page.get_by_role("button", name="锁屏").click()
    await till.sheet("unlock").get_by_role("button", name="换人登录").click()
    await till.sign_in(SECOND)
    await expect(till.lines).to_contain_text(RICE_NAME)
    await expect(till.page.locator("#status .who")).to_contain_text(SECOND.name)
    assert await session_of(till.shop, old) == (401, "session_ended")
    assert await session_of(till.shop, await cookie_of(till.page)) == (200, SECOND.number)
