"""The till page is there, whole, from the agent alone."""

import json
import re
from urllib.parse import urljoin

import pytest
from playwright.async_api import Page, expect

from agent.till.assets import Assets
from tests.e2e.shop import Shop

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]


async def test_the_page_loads_with_nothing_from_outside(page: Page, shop: Shop) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.reload(wait_until="load")
    assert asked
    assert [url for url in asked if not url.startswith(shop.site.url)] == []


async def test_the_page_is_three_files_that_are_fetched_once(page: Page) -> None:
    files = """() => performance.getEntriesByType("resource")
        .filter(({name}) => name.includes("/till/"))
        .map(({name, transferSize}) => [name.split("/").at(-1), transferSize > 0])"""
    await page.reload()
    await expect(page.locator("body[data-ready]")).to_be_attached()
    asked = await page.evaluate(files)
    assert sorted(name for name, _ in asked) == ["till.css", "till.js", "zh-CN.json"]
    assert [name for name, fetched in asked if fetched] == []


async def test_the_page_can_be_installed_as_an_app(page: Page, shop: Shop) -> None:
    devtools = await page.context.new_cdp_session(page)
    told = await devtools.send("Page.getAppManifest")
    assert told["errors"] == []
    manifest = json.loads(told["data"])
    assert urljoin(shop.site.url, manifest["start_url"]) == f"{shop.site.url}/"
    for icon in manifest["icons"]:
        answer = await page.request.get(urljoin(told["url"], icon["src"]))
        assert answer.headers["content-type"] == icon["type"]
    colours = await page.locator("meta[name=theme-color]").evaluate_all(
        "(them) => them.map((it) => it.content)"
    )
    bars = re.findall(r"--bar: (#\w+)", Assets().joined["till.css"][1])
    assert colours == bars, "the window's frame goes with the status bar, light and dark"
