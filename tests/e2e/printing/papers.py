"""What came out of the till's printer, and how often its drawer opened."""

import asyncio
from dataclasses import dataclass

from drivers.virtual.printer_device import VirtualPrinter
from drivers.virtual.printer_paper import Receipt

PATIENCE_S = 10.0


class Papers:
    """The papers and the openings since this was made."""

    def __init__(self, printer: VirtualPrinter) -> None:
        self._printer = printer
        self._before = printer.receipts[-1].number if printer.receipts else 0
        self._openings_before = len(printer.openings)
        self._taken: set[int] = set()

    @property
    def openings(self) -> int:
        """How often the drawer opened."""
        return len(self._printer.openings) - self._openings_before

    async def opened(self, times: int) -> None:
        """Return once the drawer opened so often."""
        async with asyncio.timeout(PATIENCE_S):
            await self._printer.until(lambda: self.openings == times)

    async def take(self, *words: str) -> "Paper":
        """Wait for a paper that says all these words, and take it."""
        async with asyncio.timeout(PATIENCE_S):
            await self._printer.until(lambda: self._find(words) is not None)
        found = self._find(words)
        assert found is not None
        self._taken.add(found.number)
        return found

    def rest(self) -> list["Paper"]:
        """Those that nobody took, the oldest first."""
        return [paper for paper in self._all() if paper.number not in self._taken]

    def _find(self, words: tuple[str, ...]) -> "Paper | None":
        fitting = (paper for paper in self.rest() if all(word in paper.text for word in words))
        return next((paper for paper in fitting if paper.cut), None)

    def _all(self) -> list["Paper"]:
        receipts = self._printer.receipts
        return [_paper(receipt) for receipt in receipts if receipt.number > self._before]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One paper, as people read it."""

    number: int
    text: str
    """With one space where there are several."""
    codes: tuple[str, ...]
    """What its QR codes say."""
    cut: bool
    """Whether it is whole."""


def _paper(receipt: Receipt) -> Paper:
    lines = (" ".join(line.split()) for line in receipt.text.splitlines())
    return Paper(number=receipt.number, text="\n".join(lines), codes=receipt.codes, cut=receipt.cut)
