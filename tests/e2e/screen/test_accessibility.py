"""Every screen of the page is fit for all people, fingers, windows, languages and themes."""

from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.e2e.goods import MILK
from tests.e2e.screen.long_page import contrast_faults, other_faults
from tests.e2e.screen.looks import grave_faults, misfits
from tests.e2e.shop import Shop
from tests.e2e.tour import tour
from tests.e2e.windows import DESK, PHONE, TABLET, begin_at_once, empty_window

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("e2e")]

PALE = '<html lang="en"><title>x</title><main><h1>Till</h1><p style="color:#bbb">pale</p></main>'
UNFIT = """<meta name="viewport" content="width=device-width"><body style="margin: 0">
<button style="width:47px; height:60px">small</button>
<button style="width:60px; height:60px; position:absolute; top:0; left:0">cover</button>
<button style="width:60px; height:60px; position:fixed; left:-20px; top:100px">outside</button>
<p style="width:2000px">wide</p>"""

THEMES: tuple[Literal["dark"], Literal["light"]] = ("dark", "light")

Faults = dict[str, list[str]]
"""By name of the screen; only of those that have any."""


class Findings:
    """What a tour in one language found."""

    def __init__(self) -> None:
        self.grave: Faults = {}
        self.at_desk: Faults = {}
        self.on_phone: Faults = {}
        self.on_tablet: Faults = {}
        self._known_looks: set[str] = set()

    async def look(self, name: str, page: Page) -> None:
        """Look at a screen in both themes and all sizes."""
        _note(self.grave, name, await other_faults(page))
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            _note(self.grave, f"{name}, {theme}", await contrast_faults(page, self._known_looks))
        sizes = ((PHONE, self.on_phone), (TABLET, self.on_tablet), (DESK, self.at_desk))
        for size, faults in sizes:
            await page.set_viewport_size(_size(size))
            _note(faults, name, await misfits(page))


_found: dict[str, Findings] = {}
"""By language: in a run of many workers their tests do not follow each other."""


@pytest_asyncio.fixture(loop_scope="session", params=["zh-CN", "en"])
async def findings(request: pytest.FixtureRequest, shop: Shop, browser: Browser) -> Findings:
    language: str = request.param
    if language not in _found:
        _found[language] = await _tour(shop, browser, language)
    return _found[language]


async def _tour(shop: Shop, browser: Browser, language: str) -> Findings:
    findings = Findings()
    async with empty_window(shop, browser, language=language, motion="reduce") as page:
        till = await begin_at_once(page, shop)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        async for name in tour(till):
            await findings.look(name, page)
    return findings


async def test_axe_finds_no_serious_fault(findings: Findings) -> None:
    assert findings.grave == {}


async def test_screens_fit_a_till(findings: Findings) -> None:
    assert findings.at_desk == {}


async def test_screens_fit_a_telephone(findings: Findings) -> None:
    assert findings.on_phone == {}


async def test_screens_fit_a_tablet_on_end(findings: Findings) -> None:
    assert findings.on_tablet == {}


async def test_pale_text_is_found(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content(PALE)
    faults = await grave_faults(page)
    await page.close()
    assert [fault.split(":")[0] for fault in faults] == ["color-contrast"]


async def test_what_is_small_covered_outside_or_too_wide_is_found(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content(UNFIT)
    faults = await misfits(page)
    await page.close()
    assert [fault.split(":")[0] for fault in faults] == ["covered", "small", "outside", "page"]


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
async def test_nothing_moves_for_who_asks_so(
    shop: Shop, browser: Browser, motion: Literal["no-preference", "reduce"]
) -> None:
    async with empty_window(shop, browser, motion=motion) as page:
        till = await begin_at_once(page, shop)
        await _note_movements(page)
        await till.scan(MILK)
        await expect(till.lines).to_have_count(1)
        await page.keyboard.press("F1")
        await expect(till.sheet("help")).to_be_visible()
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        started = await page.evaluate("window.started")
    assert (started == []) == (motion == "reduce")


async def _note_movements(page: Page) -> None:
    await page.evaluate("""() => {
        window.started = [];
        for (const start of ["animationstart", "transitionrun"]) {
            addEventListener(start, (event) => started.push(event.target.className));
        }
    }""")


def _note(faults: Faults, name: str, found: list[str]) -> None:
    if found:
        faults[name] = found


def _size(size: tuple[int, int]) -> ViewportSize:
    return {"width": size[0], "height": size[1]}
