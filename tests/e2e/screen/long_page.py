"""What axe-core finds on a page of thousands of texts, in a tenth of its time.

Nine tenths go into the contrast of each text. Texts that look alike, down to what lies under them,
have the same contrast: it is asked about once.
"""

from typing import Any

from playwright.async_api import Page

from tests.e2e.screen.looks import AXE, GRAVE

CONTRAST = "color-contrast"
TRIES = 3
"""Texts of a look that are asked about where axe can't tell of one: something lies over it."""

Found = list[dict[str, Any]]
"""Rules that are broken, as axe tells it."""

_OTHER_RULES = """async (contrast) => (await axe.run({
    resultTypes: ["violations"], rules: {[contrast]: {enabled: false}},
})).violations"""

_CONTRAST = """async ([contrast, known, tries]) => {
    const lookOf = (it) => {
        const {color, fontSize, fontWeight, fontFamily, textShadow} = getComputedStyle(it);
        const look = [color, fontSize, fontWeight, fontFamily, textShadow];
        look.push(Boolean(it.closest(":disabled, [aria-disabled=true]")));
        for (let at = it; at; at = at.parentElement) {
            const {backgroundColor, backgroundImage, opacity, filter} = getComputedStyle(at);
            const under = [backgroundColor, backgroundImage, opacity, filter].join(" ");
            if (under !== "rgba(0, 0, 0, 0) none 1 none") look.push(under);
        }
        return look.join("|");
    };
    const isText = (it) => it.matches("input, select, textarea")
        || [...it.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
    const texts = new Map();
    for (const it of document.querySelectorAll("body, body *")) {
        if (!isText(it) || it.closest("[inert], .unseen")) continue;
        if (!it.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
        const look = lookOf(it);
        if (!known.includes(look)) texts.set(look, [...(texts.get(look) ?? []), it]);
    }
    const violations = [];
    const decided = [];
    for (let turn = 0; turn < tries && texts.size; turn += 1) {
        const asked = [...texts.values()].map((them) => them[turn]).filter(Boolean);
        if (!asked.length) break;
        const {passes, violations: found} = await axe.run({include: asked}, {
            runOnly: [contrast], resultTypes: ["passes", "violations"], elementRef: true});
        violations.push(...found);
        for (const {element} of [...passes, ...found].flatMap((rule) => rule.nodes)) {
            decided.push(lookOf(element));
            texts.delete(lookOf(element));
        }
    }
    return {violations, decided};
}"""


async def other_faults(page: Page) -> list[str]:
    """What is serious or critical by all rules but that of contrast: rule and element each."""
    await _bring_axe(page)
    return _grave(await page.evaluate(_OTHER_RULES, CONTRAST))


async def contrast_faults(page: Page, known: set[str]) -> list[str]:
    """Texts that can't be read for want of contrast; looks that were told join those `known`."""
    await _bring_axe(page)
    told = await page.evaluate(_CONTRAST, [CONTRAST, list(known), TRIES])
    known |= set(told["decided"])
    return _grave(told["violations"])


async def _bring_axe(page: Page) -> None:
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.axe_script)


def _grave(found: Found) -> list[str]:
    return [
        f"{fault['id']}: {node['html']}"
        for fault in found
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]
