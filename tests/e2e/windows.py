"""Windows of the browser with the till page; a fault in a page fails the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Literal
from uuid import uuid4

from playwright.async_api import APIResponse, Browser, ConsoleMessage, Error, Page, expect

from tests.e2e.shop import TILL, Shop
from tests.e2e.till_screen import TillScreen

PATIENCE_MS = 30_000
"""A busy machine is no fault of the page."""
expect.set_options(timeout=PATIENCE_MS)

DESK, PHONE, TABLET = (1024, 768), (360, 740), (768, 1024)
"""Sizes of a till's screen, a telephone and a tablet on end, in CSS pixels."""
_unused: dict[tuple[Browser, str], list[Page]] = {}
"""Windows by the address of the till page."""
BROWSERS_OWN = ("Failed to load resource", "net::ERR_CONNECTION_REFUSED")
"""The browser itself logs answers of 4xx, and that nobody listens; what the page makes of it is
the tests' matter."""


@asynccontextmanager
async def empty_window(
    shop: Shop,
    browser: Browser,
    *,
    size: tuple[int, int] = DESK,
    language: str = "zh-CN",
    motion: Literal["no-preference", "reduce"] = "no-preference",
) -> AsyncIterator[Page]:
    """A new window in which nothing is loaded yet, and nobody signed in."""
    page = await _unused_window(shop, browser)
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.emulate_media(reduced_motion=motion)
    await page.context.add_cookies(
        [{"name": "store_language", "value": language, "url": shop.site.url}]
    )
    faults: list[str] = []

    def note_error(error: Error) -> None:
        faults.append(str(error))

    def note(message: ConsoleMessage) -> None:
        _note(message, faults)

    page.on("pageerror", note_error)
    page.on("console", note)
    yield page
    page.remove_listener("pageerror", note_error)
    page.remove_listener("console", note)
    await _keep(shop, browser, page)
    assert faults == [], faults


async def _unused_window(shop: Shop, browser: Browser) -> Page:
    """One that a test has left, as if it were new: to open one costs more than many a test."""
    while windows := _unused.get((browser, shop.site.url)):
        page = windows.pop()
        if not page.is_closed():
            return page
    context = await browser.new_context(
        base_url=shop.site.url, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(PATIENCE_MS)
    return await context.new_page()


async def _keep(shop: Shop, browser: Browser, page: Page) -> None:
    """Take away all that the page stored, and keep the window. A test that changed more than that
    closes it."""
    if page.is_closed():
        await page.context.close()
        return
    for other in page.context.pages:
        if other is not page:
            await other.close()
    await page.unroute_all(behavior="ignoreErrors")
    await page.goto("/healthz")  # of the same origin, and without a script
    await page.evaluate("sessionStorage.clear(), localStorage.clear()")
    await page.context.clear_cookies()
    _unused.setdefault((browser, shop.site.url), []).append(page)


@asynccontextmanager
async def open_window(shop: Shop, browser: Browser, **kind: Any) -> AsyncIterator[Page]:
    """The till page in a new window of a `kind` (see `empty_window`), with nobody signed in."""
    async with empty_window(shop, browser, **kind) as page:
        await page.goto("/")
        yield page


async def begin_at_once(page: Page, shop: Shop) -> TillScreen:
    """Put the cashier to work with a shift and an empty basket, without typing; load the page."""
    screen = TillScreen(page, shop)
    await _put_to_work(page, shop)
    if page.url.startswith(shop.site.url):
        await page.evaluate("sessionStorage.clear()")  # the last customer has gone
    await page.goto("/")
    await screen.ready()
    return screen


async def _put_to_work(page: Page, shop: Shop) -> None:
    """Sign the cashier in if nobody is, open a shift if none is open, and empty the basket."""
    api, who, base = page.request, shop.cashier, "/api/v1"
    as_the_page = {"Origin": shop.site.url, "Idempotency-Key": str(uuid4())}
    session = await _told(await api.get(f"{base}/sessions/current"))
    if session.get("cashier") != who.number or session["locked"] or session["training"]:
        signed = {"cashier": who.number, "pin": who.pin}
        await _told(await api.post(f"{base}/sessions", data=signed, headers=as_the_page))
    if (await _told(await api.get(f"{base}/shifts/current?till={TILL}")))["shift"] is None:
        order = {"till": TILL, "cashier": who.number, "float_fen": 30_000}
        await _told(await api.post(f"{base}/shifts", data=order, headers=as_the_page))
    basket = f"{base}/tills/{TILL}/basket"
    emptied = {"cashier": who.number}
    await _told(await api.put(basket, data=emptied, headers=as_the_page))


async def _told(answer: APIResponse) -> dict[str, Any]:
    told: dict[str, Any] = await answer.json()
    assert answer.ok or answer.status == HTTPStatus.UNAUTHORIZED, told
    return told


def _note(message: ConsoleMessage, faults: list[str]) -> None:
    if message.type == "error" and not any(own in message.text for own in BROWSERS_OWN):
        faults.append(message.text)
