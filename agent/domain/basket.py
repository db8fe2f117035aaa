"""The basket: priced lines of a sale, and what coupons and points make of it."""

from msgspec import Struct

from agent.domain.bounds import Whole, Word

FEN_PER_POINT = 100
"""One yuan paid earns one point."""


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a sale, priced. What is not weighed says nothing of weight, as it always did."""

    sku: Word
    name: str
    quantity: Whole
    """Pieces."""
    unit_price_fen: Whole
    amount_fen: Whole
    """quantity × unit price, unless the POS gave the line another sum (2 for 1.19)."""
    weight_g: Whole | None = None
    """Grams of one piece, where it was weighed."""
    tax_bp: Whole | None = None
    """Tax in the price, in 1/10,000 of the price without it (1300 = 13 %); None: not set."""


def piece_fen(line: Line) -> int:
    """Return the price of one piece of `line`, in fen, rounded down."""
    return line.amount_fen // line.quantity if line.quantity else 0


def total(lines: tuple[Line, ...]) -> int:
    """Return the sum of `lines` before discounts, in fen."""
    return sum(line.amount_fen for line in lines)


def points_earned(payable_fen: int) -> int:
    """Return the points that a member earns by paying `payable_fen`."""
    return payable_fen // FEN_PER_POINT
