"""Today's receipts on the till page: their states, copies and refunds."""

from collections.abc import Mapping

from playwright.async_api import Locator, expect

from tests.e2e.till_screen import TillScreen
from tests.lab.demo.supply import Person


class ReceiptsScreen:
    """What a cashier does with receipts."""

    def __init__(self, till: TillScreen) -> None:
        self._till = till
        self._page = till.page

    async def open(self) -> None:
        """Open the list."""
        await self._page.keyboard.press("F7")
        await expect(self.states.first).to_be_visible()

    async def close(self) -> None:
        """Leave the list."""
        await self._page.keyboard.press("Escape")
        await expect(self._till.sheet("receipts")).to_have_count(0)

    @property
    def states(self) -> Locator:
        """The word for how far each receipt has come."""
        return self._till.sheet("receipts").locator(".state-word")

    def row(self, receipt: str) -> Locator:
        """The row of a receipt's number."""
        return self._page.locator(f"[data-receipt={receipt}]")

    async def reprint(self, receipt: str, *, copy: int) -> None:
        """Print a copy, which is numbered."""
        await self.row(receipt).get_by_role("button", name="补打").click()
        printing = self._page.locator("[data-notice=printing]")
        await expect(printing).to_contain_text(f"{receipt} 补打 {copy}，")
        await expect(self.row(receipt)).to_contain_text(f"补打 {copy}")

    async def refund(
        self, receipt: str, why: str, *, by: Person, less: Mapping[str, int] | None = None
    ) -> str:
        """Give back all that is left, `less` pieces by name; return the paper's number."""
        await self.ask_refund(receipt, why, less=less)
        await self._till.approve(by)
        await self._till.expect_verdict("good", "已退款")
        sentence = await self._till.verdict.locator(".sentence").inner_text()
        return sentence.removeprefix("退款小票 ").removesuffix(" 已保存。")

    async def ask_refund(
        self, receipt: str, why: str, *, less: Mapping[str, int] | None = None
    ) -> None:
        """Ask for the same; then the supervisor is asked for."""
        await self.row(receipt).get_by_role("button", name="退款").click()
        sheet = self._till.sheet("refund")
        await sheet.locator("[data-focus=refund-whole]").click()
        for name, pieces in (less or {}).items():
            await sheet.get_by_role("button", name=f"{name} 减一件").click(click_count=pieces)
        await self._page.fill("#refund-why", why)
        await expect(sheet.locator(".due .warning")).to_be_visible()
        await self._page.keyboard.press("Enter")
