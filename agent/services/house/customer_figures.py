"""The display of eight digits towards the customer: a line's price, the total, the change."""

from agent.domain.basket import Line
from agent.services.desk.news import News
from agent.services.house.till_screen import TillScreen
from agent.services.selling.open_basket import PricedBasket
from agent.services.selling.sell import SalePaid
from drivers.ports import Figure, FigureDisplay, Lamp

PRICE_S = 2.0
"""The price of the line just added is shown so long, then the total."""
CHANGE_S = 40.0
"""The change is shown so long, then nothing is owed."""


class CustomerFigures(TillScreen):
    """Shows what happens at one till, in figures alone."""

    def __init__(
        self,
        display: FigureDisplay,
        *,
        news: News,
        till: str,
        price_s: float = PRICE_S,
        change_s: float = CHANGE_S,
    ) -> None:
        super().__init__(news=news, till=till)
        self._display = display
        self._price_s = price_s
        self._change_s = change_s

    def welcome(self) -> None:
        """0.00, and no lamp."""
        self._show(0, None)

    def changed(self, line: Line, basket: PricedBasket) -> None:
        """The line's price first, then the total."""
        self._show(line.amount_fen, Lamp.PRICE)
        self.then(self._price_s, lambda: self._show(basket.payable_fen, Lamp.TOTAL))

    def paid(self, paid: SalePaid) -> None:
        """The change, or the total if there is none."""
        if paid.change_fen:
            self._show(paid.change_fen, Lamp.CHANGE)
        else:
            self._show(paid.payable_fen, Lamp.TOTAL)
        self.then(self._change_s, self.rest)

    def _show(self, fen: int, lamp: Lamp | None) -> None:
        self._display.show_figure(Figure(fen=fen, lamp=lamp))
