"""Baskets of the trace: every article group at its fixed price, and enough of it for a coupon."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from agent.domain.basket import Line, total
from agent.domain.bounds import MAX_QUANTITY

CHEAPEST_FEN, DEAREST_FEN, STEP_FEN = 200, 4_000, 10
"""A group costs 2 to 40 yuan, in steps of 10 fen."""


class BasketTooSmallError(Exception):
    """No till takes as many pieces as the coupon's minimum spend needs."""


def price_fen(group: str) -> int:
    """The group's price: fixed, because it follows from the SHA-256 of its name."""
    steps = (DEAREST_FEN - CHEAPEST_FEN) // STEP_FEN + 1
    draw = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big")
    return CHEAPEST_FEN + draw % steps * STEP_FEN


def priced(groups: Iterable[str]) -> tuple[Line, ...]:
    """One line for each group, as many pieces as it is named."""
    return tuple(_line(group, pieces) for group, pieces in Counter(groups).items())


def raised(lines: tuple[Line, ...], min_fen: int) -> tuple[Line, ...]:
    """The basket, every quantity multiplied so that it comes to `min_fen` at least."""
    times = max(1, -(-min_fen // total(lines)))
    if times * max(line.quantity for line in lines) > MAX_QUANTITY:
        raise BasketTooSmallError(f"{min_fen} fen need more than {MAX_QUANTITY} pieces of a group")
    return tuple(
        replace(line, quantity=line.quantity * times, amount_fen=line.amount_fen * times)
        for line in lines
    )


def _line(group: str, pieces: int) -> Line:
    price = price_fen(group)
    return Line(
        sku=group,
        name=group,
        quantity=pieces,
        unit_price_fen=price,
        amount_fen=pieces * price,
    )
