"""The display towards the customer: the line just added, the total, the change, a thank-you."""

from dataclasses import dataclass

from agent.domain.basket import Line
from agent.domain.money import yuan
from agent.services.desk.news import News
from agent.services.house.till_screen import TillScreen
from agent.services.selling.open_basket import PricedBasket
from agent.services.selling.sell import SalePaid
from drivers.display.characters import Characters, legible
from drivers.display.options import DisplayOptions
from drivers.plain import columns_of
from drivers.ports import CustomerDisplay

NUDGE_AFTER_S = 2.0
"""The line just added is shown so long, then what a little more would bring."""
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


_CHINESE = Words(total="合计", change="找零", thanks="谢谢光临", welcome="欢迎光临")
WORDS: dict[Characters, Words] = {
    "gbk": _CHINESE,
    "gb18030": _CHINESE,
    "ascii": Words(total="TOTAL", change="CHANGE", thanks="THANK YOU", welcome="WELCOME"),
}
"""By the characters that a display has."""


class CustomerScreen(TillScreen):
    """Shows what happens at one till, in two lines of text."""

    def __init__(
        self,
        display: CustomerDisplay,
        *,
        news: News,
        till: str,
        options: DisplayOptions,
        store_name: str,
        nudge_after_s: float = NUDGE_AFTER_S,
        thanks_s: float = THANKS_S,
        idle_s: float = IDLE_S,
    ) -> None:
        super().__init__(news=news, till=till)
        self._display = display
        self._columns = options.columns
        self._characters = options.characters
        self._words = WORDS[options.characters]
        self._store_name = store_name
        self._nudge_after_s = nudge_after_s
        self._thanks_s = thanks_s
        self._idle_s = idle_s

    def welcome(self) -> None:
        """The store's name."""
        self._display.show(self._store_name, self._words.welcome)

    def changed(self, line: Line, basket: PricedBasket) -> None:
        """The line above, the total below; then above what a little more would bring."""
        total = self._pair(self._words.total, f"¥{yuan(basket.payable_fen)}")
        self._display.show(self._pair(self._name(line), yuan(line.amount_fen)), total)
        if basket.nudge_short is not None:
            said = basket.nudge_short
            nudge = said.en if self._characters == "ascii" else said.zh_cn
            self.then(self._nudge_after_s, lambda: self._display.show(nudge, total))

    def paid(self, paid: SalePaid) -> None:
        """The total and the change, then a thank-you."""
        lower = self._words.thanks
        if paid.change_fen:
            lower = self._pair(self._words.change, f"¥{yuan(paid.change_fen)}")
        self._display.show(self._pair(self._words.total, f"¥{yuan(paid.payable_fen)}"), lower)
        self.then(self._thanks_s, self._thank)

    def _thank(self) -> None:
        self._display.show(self._words.thanks, self._store_name)
        self.then(self._idle_s, self.rest)

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
