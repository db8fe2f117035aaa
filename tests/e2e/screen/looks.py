"""What is wrong with a screen: for people with disabilities, for fingers, for small windows."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

TOUCH_PX = 48
GRAVE = ("serious", "critical")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = Axe()
OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": STANDARDS}}

_MISFITS = """(least) => {
    const faults = [];
    const seen = [...document.querySelectorAll("body *")].filter(
        (it) => it.checkVisibility({visibilityProperty: true}) && !it.closest("[inert], .unseen"));
    for (const it of seen) {
        const fault = (what) => faults.push(`${what}: ${it.outerHTML.slice(0, 120)}`);
        const scrolls = ["auto", "scroll"].includes(getComputedStyle(it).overflowX);
        if (scrolls && it.scrollWidth > it.clientWidth) fault("scrolls sideways");
        if (!it.matches("button, select, input:not([type=checkbox])")) continue;
        it.scrollIntoView({block: "center"});
        const {left, right, top, bottom, width, height} = it.getBoundingClientRect();
        const inside = left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
        if (!inside) fault("outside");
        const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        if (inside && hit !== it && !it.contains(hit)) fault("covered");
        if (Math.min(width, height) < least - 0.5) fault("small");
    }
    const page = document.scrollingElement;
    if (page.scrollWidth > innerWidth) faults.push(`page: ${page.scrollWidth} wide`);
    page.scrollTo(0, 0);
    return faults;
}"""


async def still(page: Page) -> None:
    """Return when nothing moves on the page any more."""
    await page.evaluate("Promise.allSettled(document.getAnimations().map((it) => it.finished))")


async def grave_faults(page: Page) -> list[str]:
    """What axe-core finds serious or critical: rule and element each."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.axe_script)
    found: dict[str, Any] = await page.evaluate("(options) => axe.run(options)", OPTIONS)
    return [
        f"{fault['id']}: {node['html']}"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


async def misfits(page: Page) -> list[str]:
    """What scrolls sideways, and what a finger can't reach or hit."""
    found: list[str] = await page.evaluate(_MISFITS, TOUCH_PX)
    return found
