"""Windows of the browser with the till page; a fault in a page fails the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.e2e.shop import Shop
from tests.e2e.till_screen import TillScreen
from tests.lab.demo.supply import Person

PATIENCE_MS = 30_000
"""A busy machine is no fault of the page."""
expect.set_options(timeout=PATIENCE_MS)

DESK, PHONE = (1024, 768), (360, 740)
"""Sizes of a till's screen and of a telephone, in CSS pixels."""
BROWSERS_OWN = ("Failed to load resource", "net::ERR_CONNECTION_REFUSED")
"""The browser itself logs answers of 4xx, and that nobody listens; what the page makes of it is
the tests' matter."""


@asynccontextmanager
async def open_window(
    shop: Shop,
    browser: Browser,
    *,
    size: tuple[int, int] = DESK,
    language: str = "zh-CN",
    motion: Literal["no-preference", "reduce"] = "no-preference",
) -> AsyncIterator[Page]:
    """The till page in a new window, with nobody signed in."""
    context = await browser.new_context(
        base_url=shop.site.url,
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion=motion,
    )
    context.set_default_timeout(PATIENCE_MS)
    await context.add_cookies([{"name": "store_language", "value": language, "url": shop.site.url}])
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: _note(message, faults))
    await page.goto("/")
    yield page
    await context.close()
    assert faults == [], faults


async def begin_at_once(page: Page, shop: Shop, person: Person | None = None) -> TillScreen:
    """Put a cashier to work with a shift and an empty basket, without typing; load the page."""
    screen = TillScreen(page, shop)
    await screen.ready()
    who = person or shop.cashier
    if not _is_at_work(await screen.api("GET", "/sessions/current"), who):
        await screen.api("POST", "/sessions", {"cashier": who.number, "pin": who.pin})
    till = await screen.till()
    if (await screen.api("GET", f"/shifts/current?till={till}"))["shift"] is None:
        await page.evaluate(_OPEN_SHIFT, {"till": till, "cashier": who.number, "float_fen": 30_000})
    await screen.empty_basket()
    return screen


def _is_at_work(session: dict[str, object], who: Person) -> bool:
    return session.get("cashier") == who.number and not (session["locked"] or session["training"])


_OPEN_SHIFT = """(order) => fetch("/api/v1/shifts", {
    method: "POST",
    headers: {"Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID()},
    body: JSON.stringify(order),
})"""


def _note(message: ConsoleMessage, faults: list[str]) -> None:
    if message.type == "error" and not any(own in message.text for own in BROWSERS_OWN):
        faults.append(message.text)
