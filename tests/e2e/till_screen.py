"""The till page as a cashier uses it: looks, types, scans and presses."""

import re

from playwright.async_api import Locator, Page, expect

from tests.e2e.scan.keyboard import Keyboard
from tests.e2e.shop import Shop
from tests.lab.demo.supply import Person

HUMAN_MS = 90
"""Between the keys of a person who types fast."""
_AFTER_SCAN_MS = 300
"""An Enter that comes so soon after a scan is the scanner's second one (static/scan/wedge.js)."""


class TillScreen:
    """One window with the page."""

    def __init__(self, page: Page, shop: Shop) -> None:
        self.page = page
        self.shop = shop

    @property
    def verdict(self) -> Locator:
        """The full-width verdict."""
        return self.page.locator("#verdict")

    @property
    def lines(self) -> Locator:
        """The basket's lines."""
        return self.page.locator("#basket .line")

    @property
    def payable(self) -> Locator:
        """What the basket comes to."""
        return self.page.locator("#side .payable strong")

    def chip(self, name: str) -> Locator:
        """A part of the status bar."""
        return self.page.locator(f"[data-chip={name}]")

    def sheet(self, name: str) -> Locator:
        """An open sheet."""
        return self.page.locator(f"section.sheet:has(> .head > #sheet-{name})")

    async def sign_in(self, person: Person, *, training: bool = False) -> None:
        """Sign in by keyboard."""
        await self.page.fill("#cashier", person.number)
        if training:
            await self.page.check("#training")
        await self.page.fill("#pin", person.pin)
        await self.page.keyboard.press("Enter")
        await expect(self.sheet("sign-in")).to_have_count(0)

    async def begin(self, person: Person, *, float_yuan: str = "300") -> None:
        """Sign in; open a shift if none is open, and begin with an empty basket."""
        await self.sign_in(person)
        await self.settle_shift(float_yuan)
        await self.empty_basket()

    async def settle_shift(self, float_yuan: str = "300") -> None:
        """Open a shift if none is open."""
        asked = await self.api("GET", f"/shifts/current?till={await self.till()}")
        if asked["shift"] is None:
            await expect(self.sheet("shift")).to_be_visible()
            await self.page.fill("#float", float_yuan)
            await self.page.keyboard.press("Enter")
            await expect(self.sheet("shift")).to_have_count(0)

    async def empty_basket(self) -> None:
        """Take everything out of the basket, and look anew."""
        cashier = (await self.api("GET", "/sessions/current"))["cashier"]
        await self.api("PUT", f"/tills/{await self.till()}/basket", {"cashier": cashier})
        await self.reload()

    async def reload(self) -> None:
        """Load the page again; return when it works."""
        await self.page.reload()
        await self.ready()

    async def ready(self) -> None:
        """Return when the page works."""
        await expect(self.page.locator("body[data-ready]")).to_be_attached()

    async def scan(self, code: str, *, gap_ms: int = 1) -> None:
        """Let a keyboard wedge type a code, wherever the focus is.

        Its keys carry their own times: a busy machine must not tear a code apart.
        """
        keyboard = await Keyboard.at(self.page)
        await keyboard.scan(code, gap_ms=gap_ms, pause_ms=0)
        await keyboard.cdp.detach()

    async def type_into(self, selector: str, text: str) -> None:
        """Type as a person does."""
        await self.page.locator(selector).press_sequentially(text, delay=HUMAN_MS)

    async def set_pieces(self, name: str, pieces: int) -> None:
        """Type how many pieces of the article it is, no faster than a person can after a scan."""
        await self.page.get_by_role("button", name=f"{name} 数量").click()
        await self.page.fill("#pieces", str(pieces))
        await self.page.wait_for_timeout(_AFTER_SCAN_MS)
        await self.page.keyboard.press("Enter")

    async def expect_verdict(self, tone: str, *words: str) -> None:
        """Wait until the verdict has this tone and says these words."""
        await expect(self.verdict).to_have_attribute("data-tone", tone)
        for word in words:
            await expect(self.verdict).to_contain_text(word)

    async def pay_cash(self, yuan: str) -> str:
        """Take cash for the basket; return the receipt's number."""
        await self.page.keyboard.press("F9")
        await self.type_into("#given", yuan)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("button.finish")).to_be_focused()
        await self.page.keyboard.press("Enter")
        receipt = self.sheet("done").locator(".receipt")
        await expect(receipt).to_have_text(re.compile(r"MB001-T1-\d{6}"))
        return await receipt.inner_text()

    async def approve(self, person: Person) -> None:
        """Give a supervisor's number and PIN."""
        await self.page.fill("#supervisor", person.number)
        await self.page.fill("#supervisor-pin", person.pin)
        await self.page.keyboard.press("Enter")
        await expect(self.sheet("approval")).to_have_count(0)

    async def till(self) -> str:
        """The till of this page."""
        return await self.page.evaluate("document.body.dataset.till")  # type: ignore[no-any-return]

    async def api(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """Ask the local API with this page's session."""
        answer: dict[str, object] = await self.page.evaluate(
            """async ([method, path, body]) => {
                const options = {method, headers: {}};
                if (body !== null) {
                    options.headers["Content-Type"] = "application/json";
                    options.body = JSON.stringify(body);
                }
                return (await fetch("/api/v1" + path, options)).json();
            }""",
            [method, path, body],
        )
        return answer
