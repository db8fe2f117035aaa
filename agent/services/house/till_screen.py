"""What screens towards customers have in common: they hear what happens at one till, in order."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress

from agent.domain.basket import Line
from agent.services.desk.news import FellBehindError, Item, News, Topic
from agent.services.selling.open_basket import PricedBasket
from agent.services.selling.sell import SalePaid


class TillScreen(ABC):
    """Shows what happens at one till; what a kind of display shows of it, its screen says."""

    def __init__(self, *, news: News, till: str) -> None:
        self._news = news
        self._till = till
        self._lines: tuple[Line, ...] = ()
        self._is_sold = False
        """Whether the last thing that happened was a sale, whose change stays in sight."""
        self._later: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what is shown while nobody buys."""
        self.welcome()
        self._task = asyncio.create_task(self._listen(), name="customer screen")

    async def stop(self) -> None:
        """End; what is shown stays."""
        self._cancel_later()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    @abstractmethod
    def welcome(self) -> None:
        """Show what is shown while nobody buys."""

    @abstractmethod
    def changed(self, line: Line, basket: PricedBasket) -> None:
        """Show the line just added or changed, and the total."""

    @abstractmethod
    def paid(self, paid: SalePaid) -> None:
        """Show the total or the change; afterwards `rest`."""

    def then(self, after_s: float, show: Callable[[], None]) -> None:
        """Show something else after so long, unless something happens before."""
        self._cancel_later()
        self._later = asyncio.get_running_loop().call_later(after_s, show)

    def rest(self) -> None:
        """Show what is shown while nobody buys, and take the sale for over."""
        self._is_sold = False
        self._cancel_later()
        self.welcome()

    async def _listen(self) -> None:
        while True:
            with (
                suppress(FellBehindError),  # the next basket tells all
                self._news.listen(Topic.BASKET, Topic.SALE) as items,
            ):
                async for item in items:
                    if item.till == self._till and not item.training:
                        self._take(item)

    def _take(self, item: Item) -> None:
        match item.facts:
            case SalePaid() as paid:
                self._lines = ()
                self._is_sold = True
                self.paid(paid)
            case PricedBasket(lines=()):
                self._lines = ()
                if not self._is_sold:  # a basket sold is emptied, too
                    self.rest()
            case PricedBasket() as basket:
                self._cancel_later()
                self._is_sold = False
                line = _last_changed(self._lines, basket.lines)
                self._lines = basket.lines
                self.changed(line, basket)

    def _cancel_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None


def _last_changed(before: tuple[Line, ...], now: tuple[Line, ...]) -> Line:
    """The last line that was not there before; the last of all when none is new."""
    return next((line for line in reversed(now) if line not in before), now[-1])
