"""The shift on the till page: opened, its cash moved, its reports read, closed."""

from collections.abc import Mapping

from playwright.async_api import Locator, expect

from tests.e2e.till_screen import TillScreen
from tests.lab.demo.supply import Person

Report = Mapping[str, str]
"""What a report says, by the name of its line."""


class ShiftScreen:
    """What a cashier does with the shift."""

    def __init__(self, till: TillScreen) -> None:
        self._till = till
        self._page = till.page

    async def open(self, float_yuan: str) -> None:
        """Answer the page, which asks for the float as nobody has opened a shift."""
        await expect(self._till.sheet("shift")).to_contain_text("清点钱箱里的备用金")
        await self._page.fill("#float", float_yuan)
        await self._page.keyboard.press("Enter")
        await self._till.expect_verdict("good", "已开班")

    async def move_cash(self, tile: str, yuan: str, why: str) -> None:
        """Put cash in (`cash_in`) or take it out (`cash_out`)."""
        await self._open_tile(tile)
        await self._page.fill("#cash-amount", yuan)
        await self._page.fill("#cash-why", why)
        await self._page.keyboard.press("Enter")
        await self._till.expect_verdict("good", "已记录", why)

    async def open_drawer(self, why: str, by: Person) -> None:
        """Open the drawer without a sale, which a supervisor approves."""
        await self._open_tile("drawer")
        await self._page.fill("#cash-why", why)
        await self._page.keyboard.press("Enter")
        await self._till.approve(by)
        await self._till.expect_verdict("good", "钱箱已打开")

    async def x_report(self, by: Person) -> Report:
        """Look at the X report, which a supervisor approves."""
        await self._open_tile("x_report")
        await self._till.approve(by)
        await expect(self.report).to_contain_text("X 报表")
        return await self._rows()

    async def print_report(self, *, again_by: Person | None = None) -> None:
        """Print the report that is shown, once more if a supervisor approves that, and leave it."""
        button = self.report.get_by_role("button", name="打印")
        printing = self._page.locator("[data-notice=printing]")
        await button.click()
        await expect(printing).to_contain_text("报表")
        if again_by is not None:
            await expect(button).not_to_have_attribute("aria-busy", "true")
            await button.click()
            await self._till.approve(again_by)
            await expect(printing).to_contain_text("报表")
        await self._page.keyboard.press("Escape")

    async def count(self, pieces: Mapping[int, int]) -> Locator:
        """Count the drawer's notes and coins, by fen; return the sheet, which is not sent yet."""
        await self._open_tile("close")
        sheet = self._till.sheet("closing")
        for fen, number in pieces.items():
            await self._page.fill(f"#note-{fen}", str(number))
        return sheet

    async def close(self, pieces: Mapping[int, int]) -> Report:
        """Close the shift with what was counted; return the Z report as shown."""
        sheet = await self.count(pieces)
        await sheet.get_by_role("button", name="交班并打印").click()
        await expect(self.report).to_contain_text("Z 报表")
        return await self._rows()

    @property
    def report(self) -> Locator:
        """The report that is shown."""
        return self._till.sheet("report")

    async def _open_tile(self, tile: str) -> None:
        await self._page.keyboard.press("F8")
        await self._page.locator(f"[data-tile={tile}]").click()

    async def _rows(self) -> Report:
        rows = self.report.get_by_role("row")
        names = await rows.get_by_role("rowheader").all_inner_texts()
        values = await rows.get_by_role("cell").all_inner_texts()
        return dict(zip(names, values, strict=True))
