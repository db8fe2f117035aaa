"""A press that prints on a list, and can be out of paper, vanish amid a job or hang."""

import asyncio
from collections.abc import Callable

from agent.domain.printing.printout import Printout, Text
from drivers.ports import PrintResult


class PaperPress:
    """Implements agent.services.spool.Press."""

    def __init__(self) -> None:
        self.papers: list[list[str]] = []
        """The words of each paper that came out, whole or in part."""
        self.reachable = True
        self.before: Callable[[], None] = _all_is_well
        """Called before anything is sent; may raise."""
        self.amid: Callable[[], None] = _all_is_well
        """Called when everything is on paper and nothing is confirmed; may raise."""
        self.result = PrintResult.PRINTED
        self.taken = asyncio.Event()
        """Set when a job is being sent."""
        self.goes_on = asyncio.Event()
        """Cleared: it hangs amid a job until it is set."""
        self.goes_on.set()
        self.told_of_remains = 0
        """How often it was told that something of a job may be left in it."""
        self.words = ""
        """What was found out about it."""
        self._asked = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    async def print(self, printout: Printout) -> PrintResult:
        self.before()
        self.papers.append([item.text for item in printout.elements if isinstance(item, Text)])
        self.taken.set()
        await self.goes_on.wait()
        self.amid()
        return self.result

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def is_reachable(self) -> bool:
        self._asked.set()
        return self.reachable

    async def is_asked_again(self) -> None:
        """Change its state; return when it was asked whether it is reachable."""
        self._asked.clear()
        self.change()
        async with asyncio.timeout(10):
            await self._asked.wait()

    def cut_off_remains(self) -> None:
        self.told_of_remains += 1

    def found(self) -> str:
        return self.words

    def change(self) -> None:
        """Tell that its state changed."""
        for listener in self._listeners:
            listener()


def _all_is_well() -> None:
    """Nothing stands in the way."""
