"""The window towards the customer: what it shows of a till, and nothing that is not the customer's.

No code of a coupon, no phone number that is not masked, no cashier; nothing of what is practised.
"""

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from agent.domain.basket import Line
from agent.domain.money import yuan
from agent.domain.outcome import Sentence
from agent.services.desk.news import Item
from agent.services.selling.open_basket import PricedBasket
from agent.services.selling.sell import SalePaid


class CustomerLine(Struct, frozen=True, kw_only=True):
    """One line of the basket."""

    name: str
    quantity: int
    """Pieces."""
    weight_g: int | None
    """Grams of one piece, where it was weighed."""
    amount_fen: int


class CustomerDiscount(Struct, frozen=True, kw_only=True):
    """One promotion, coupon, discount by hand or rounding that took something off."""

    name: str
    discount_fen: int
    """Below 0: rounded up."""


class ReceiptCode(Struct, frozen=True, kw_only=True):
    """A QR code that the customer's telephone reads."""

    leads_to_receipt: bool
    """False: it holds the receipt's number, the store's name and the sum, as text."""
    rows: tuple[str, ...]
    """Its modules from the top, 1 = dark, without the quiet zone (ISO/IEC 18004: 4 modules)."""


class CustomerView(Struct, frozen=True, kw_only=True):
    """All that the window shows."""

    state: Literal["welcome", "basket", "paid"]
    lines: tuple[CustomerLine, ...] = ()
    discounts: tuple[CustomerDiscount, ...] = ()
    member: str | None = None
    """The member's telephone number, masked."""
    total_fen: int = 0
    discount_fen: int = 0
    payable_fen: int = 0
    change_fen: int = 0
    receipt: str | None = None
    code: ReceiptCode | None = None
    nudge: Sentence | None = None
    """What a little more would bring."""


WELCOME = CustomerView(state="welcome")
"""Nobody buys."""


@dataclass(frozen=True, kw_only=True)
class CustomerWindow:
    """Says what the window of one till shows."""

    till: str
    store_name: str
    e_receipt_url: str
    """With {receipt} and {sale_id}; empty: the code holds words."""

    def view_of(self, item: Item) -> CustomerView | None:
        """Return what is shown after `item`; None: it changes nothing."""
        if item.till != self.till or item.training:
            return None
        match item.facts:
            case SalePaid() as paid:
                return self._paid(paid)
            case PricedBasket() as basket:
                return self.basket(basket)
        return None

    def basket(self, priced: PricedBasket) -> CustomerView:
        """Return what is shown of an open basket."""
        if not priced.lines:
            return WELCOME
        return CustomerView(
            state="basket",
            lines=tuple(_line(line) for line in priced.lines),
            discounts=tuple(
                CustomerDiscount(name=one.name, discount_fen=one.fen) for one in priced.promotions
            ),
            member=priced.member.phone_masked if priced.member else None,
            total_fen=priced.total_fen,
            discount_fen=priced.discount_fen,
            payable_fen=priced.payable_fen,
            nudge=priced.nudge,
        )

    def _paid(self, paid: SalePaid) -> CustomerView:
        return CustomerView(
            state="paid",
            payable_fen=paid.payable_fen,
            change_fen=paid.change_fen,
            receipt=paid.receipt,
            code=self._code(paid),
        )

    def _code(self, paid: SalePaid) -> ReceiptCode:
        url = self.e_receipt_url.replace("{receipt}", paid.receipt)
        url = url.replace("{sale_id}", paid.sale_id)
        words = f"{self.store_name}\n{paid.receipt}\n￥{yuan(paid.payable_fen)}"
        return ReceiptCode(leads_to_receipt=bool(url), rows=_rows(url or words))


def _line(line: Line) -> CustomerLine:
    return CustomerLine(
        name=line.name or line.sku,
        quantity=line.quantity,
        weight_g=line.weight_g,
        amount_fen=line.amount_fen,
    )


def _rows(text: str) -> tuple[str, ...]:
    import segno  # loaded when the first is drawn: few stores have such a window

    # In UTF-8; segno itself makes another text of some Chinese words.
    code = segno.make_qr(text.encode(), error="M", mode="byte", boost_error=False)
    return tuple("".join("1" if module else "0" for module in row) for row in code.matrix)
