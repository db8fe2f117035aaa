"""What `price` answers: what is paid, line by line, and why."""

from typing import Any

from msgspec import Struct

from agent.domain.promotions.offered import Why

BY_HAND = "by_hand"
ROUNDING = "rounding"
"""Ids of what is no promotion and lowers the price all the same."""


class Allocation(Struct, frozen=True, kw_only=True):
    """What one promotion took off one line."""

    promotion: str
    fen: int
    """Below 0 of a rounding up alone."""
    coupon: str | None = None
    use: int = 0
    """Place in `applied`."""


class PricedLine(Struct, frozen=True, kw_only=True):
    """A line of the basket, in its order."""

    sku: str
    quantity: int
    amount_fen: int
    net_fen: int
    """amount − Σ allocations; never below 0."""
    allocations: tuple[Allocation, ...] = ()


class Applied(Struct, frozen=True, kw_only=True):
    """A promotion that was applied."""

    promotion: str
    name: str
    fen: int
    coupon: str | None = None
    times: int = 1
    by_line: bool = False
    """It is about certain pieces or one line: told below the line, not at the foot."""


class NotApplied(Struct, frozen=True, kw_only=True):
    """A promotion or coupon that was not."""

    promotion: str
    name: str
    why: Why
    coupon: str | None = None
    detail: dict[str, Any] = {}
    """What is missing: short_fen, short (pieces), missing, gift, beside …"""


class Priced(Struct, frozen=True, kw_only=True):
    """The answer. Σ allocations = discount; total − discount = payable."""

    total_fen: int
    discount_fen: int
    payable_fen: int
    lines: tuple[PricedLine, ...]
    applied: tuple[Applied, ...]
    not_applied: tuple[NotApplied, ...]
    refused_by_hand: tuple[int, ...] = ()
    """Places in `by_hand` that need a supervisor and have none."""
    complete: bool = True
    """False: the budget of work was used up; the best found is taken, and said."""
    steps: int = 0
    """Offers reckoned."""
