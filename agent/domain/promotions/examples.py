"""Trying the examples of a price book: what they expect, and what the engine answers."""

from collections.abc import Iterator

from msgspec import Struct

from agent.domain.basket import Line
from agent.domain.promotions.book import Book, Example, Item
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.priced import Priced


class Difference(Struct, frozen=True, kw_only=True):
    """What an example expects and the engine does not say."""

    field: str
    expected: str
    answered: str


class Tried(Struct, frozen=True, kw_only=True):
    """One example, tried."""

    name: str
    priced: Priced | None
    """None: an article of it has no price."""
    differences: tuple[Difference, ...]


def try_examples(book: Book) -> list[Tried]:
    """Return how each example of `book` came out. Pure."""
    prepared = Prepared(book)
    return [_try(one, prepared) for one in book.examples]


def _try(example: Example, book: Prepared) -> Tried:
    unpriced = sorted(
        {
            item.sku
            for item in example.basket
            if item.price_fen is None and item.sku not in book.articles
        }
    )
    if unpriced:
        lacking = Difference(
            field="basket", expected="price_fen", answered=", ".join(unpriced) + ": ?"
        )
        return Tried(name=example.name, priced=None, differences=(lacking,))
    priced = price([_line(item, book) for item in example.basket], book, example.context)
    return Tried(name=example.name, priced=priced, differences=tuple(_differences(example, priced)))


def _line(item: Item, book: Prepared) -> Line:
    article = book.articles.get(item.sku)
    price_fen = item.price_fen
    if price_fen is None:
        price_fen = article.price_fen if article else 0
    amount = price_fen * item.quantity
    if item.weight_g is not None:
        amount = (price_fen * item.weight_g + 500) // 1_000 * item.quantity
    return Line(
        sku=item.sku,
        name=article.name if article else item.sku,
        quantity=item.quantity,
        unit_price_fen=price_fen,
        amount_fen=amount,
        weight_g=item.weight_g,
    )


def _differences(example: Example, priced: Priced) -> Iterator[Difference]:
    if priced.payable_fen != example.payable_fen:
        yield Difference(
            field="payable_fen",
            expected=str(example.payable_fen),
            answered=str(priced.payable_fen),
        )
    if example.applied is not None:
        expected = sorted(_use(one.promotion, one.coupon, one.fen) for one in example.applied)
        answered = sorted(_use(one.promotion, one.coupon, one.fen) for one in priced.applied)
        if expected != answered:
            yield Difference(
                field="applied", expected=_joined(expected), answered=_joined(answered)
            )
    for lack in example.not_applied:
        found = [
            one
            for one in priced.not_applied
            if one.promotion == lack.promotion and lack.coupon in (None, one.coupon)
        ]
        told = sorted(_lack(one.why, one.detail.get("short_fen")) for one in found)
        wanted = _lack(lack.why, lack.short_fen)
        if not any(
            one.why == lack.why and lack.short_fen in (None, one.detail.get("short_fen"))
            for one in found
        ):
            yield Difference(
                field=f"not_applied {lack.promotion}", expected=wanted, answered=_joined(told)
            )


def _use(promotion: str, coupon: str | None, fen: int) -> str:
    return f"{promotion}{f' ({coupon})' if coupon else ''} {fen}"


def _lack(why: str, short_fen: int | None) -> str:
    return why if short_fen is None else f"{why} short_fen {short_fen}"


def _joined(parts: list[str]) -> str:
    return ", ".join(parts) or "-"
