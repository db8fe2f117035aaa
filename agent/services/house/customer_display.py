"""The display towards the customer: the line just added, the total, the change, a thank-you."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from agent.domain.basket import Line
from agent.domain.money import yuan
from agent.services.desk.news import FellBehindError, Item, News, Topic
from agent.services.selling.open_basket import PricedBasket
from agent.services.selling.sell import SalePaid
from drivers.display.cd5220 import Characters, legible
from drivers.display.options import DisplayOptions
from drivers.plain import columns_of
from drivers.ports import CustomerDisplay

THANKS_S = 10.0
"""The change is shown so long,"""
IDLE_S = 30.0
"""and the thank-you so long; then the store's name."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What it says beside names and figures."""

    total: str
    change: str
    thanks: str
    welcome: str


WORDS: dict[Characters, Words] = {
    "gb18030": Words(total="合计", change="找零", thanks="谢谢光临", welcome="欢迎光临"),
    "ascii": Words(total="TOTAL", change="CHANGE", thanks="THANK YOU", welcome="WELCOME"),
}
"""By the characters that a display has."""


class CustomerScreen:
    """Shows what happens at one till."""

    def __init__(
        self,
        display: CustomerDisplay,
        *,
        news: News,
        till: str,
        options: DisplayOptions,
        store_name: str,
        thanks_s: float = THANKS_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self._display = display
        self._news = news
        self._till = till
        self._columns = options.columns
        self._characters = options.characters
        self._words = WORDS[options.characters]
        self._store_name = store_name
        self._thanks_s = thanks_s
        self._idle_s = idle_s
        self._lines: tuple[Line, ...] = ()
        self._later: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with the store's name."""
        self._welcome()
        self._task = asyncio.create_task(self._listen(), name="customer screen")

    async def stop(self) -> None:
        """End; what is shown stays."""
        self._cancel_later()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

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
                self._paid(paid)
            case PricedBasket(lines=()):
                self._emptied()
            case PricedBasket() as basket:
                self._changed(basket)

    def _paid(self, paid: SalePaid) -> None:
        self._lines = ()
        lower = self._words.thanks
        if paid.change_fen:
            lower = self._pair(self._words.change, f"¥{yuan(paid.change_fen)}")
        self._display.show(self._pair(self._words.total, f"¥{yuan(paid.payable_fen)}"), lower)
        self._then(self._thanks_s, self._thank)

    def _emptied(self) -> None:
        """A basket sold is emptied, too: the change stays in sight."""
        self._lines = ()
        if self._later is None:
            self._welcome()

    def _changed(self, basket: PricedBasket) -> None:
        self._cancel_later()
        line = _last_changed(self._lines, basket.lines)
        self._lines = basket.lines
        self._display.show(
            self._pair(self._name(line), yuan(line.amount_fen)),
            self._pair(self._words.total, f"¥{yuan(basket.payable_fen)}"),
        )

    def _thank(self) -> None:
        self._display.show(self._words.thanks, self._store_name)
        self._then(self._idle_s, self._welcome)

    def _welcome(self) -> None:
        self._later = None
        self._display.show(self._store_name, self._words.welcome)

    def _then(self, after_s: float, show: Callable[[], None]) -> None:
        self._cancel_later()
        self._later = asyncio.get_running_loop().call_later(after_s, show)

    def _cancel_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def _name(self, line: Line) -> str:
        """The article's name, its sku where nothing of the name can be shown."""
        shown = legible(line.name, self._characters).strip(" ?")
        return line.name if shown else line.sku

    def _pair(self, left: str, right: str) -> str:
        """`right` at the right edge, whole; `left` cut to the room that is left."""
        left, right = legible(left, self._characters), legible(right, self._characters)
        room = self._columns - columns_of(right) - 1
        while columns_of(left) > room:
            left = left[:-1]
        return left + " " * (self._columns - columns_of(left) - columns_of(right)) + right


def _last_changed(before: tuple[Line, ...], now: tuple[Line, ...]) -> Line:
    """The last line that was not there before; the last of all when none is new."""
    return next((line for line in reversed(now) if line not in before), now[-1])
