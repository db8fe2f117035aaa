"""Books and contexts for examples."""

from datetime import datetime
from typing import Any

import msgspec

from agent.domain.basket import Line
from agent.domain.promotions.book import Book
from agent.domain.promotions.context import Context
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.priced import Priced

NOON = datetime(2026, 11, 30, 12)  # noqa: DTZ001  # local time of a store; a Monday


def book_of(*promotions: dict[str, Any], **rules: Any) -> Book:
    """Return a book; a promotion without a name is called by its id."""
    named = [{"name": one["id"], **one} for one in promotions]
    return msgspec.convert({"promotions": named, **rules}, Book)


def here(**facts: Any) -> Context:
    """Return the context of a sale at noon."""
    return msgspec.convert({"at": NOON.isoformat(), **facts}, Context)


def coupon(name: str, promotion: str, channel: str = "online", **more: Any) -> dict[str, Any]:
    """Return a coupon as the book's examples write it."""
    return {"coupon": name, "promotion": promotion, "channel": channel, **more}


def of_one(effect: dict[str, Any], *lines: Line, **more: Any) -> Priced:
    """Price `lines` by a book of one automatic promotion."""
    return price(lines, Prepared(book_of({"id": "P", "effect": effect, **more})), here())
