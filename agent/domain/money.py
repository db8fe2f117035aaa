"""Money as an integer of fen (1 yuan = 100 fen). There is no float near money."""

from typing import Annotated

from msgspec import Meta

MAX_FEN = 100_000_000_00
"""No amount of a single sale is larger: 100 million yuan."""

Amount = Annotated[int, Meta(ge=0, le=MAX_FEN, description="Amount in fen (1 yuan = 100 fen).")]
"""An amount on the wire, in fen."""


def yuan(fen: int) -> str:
    """Return `fen` as people read it: 123456 → '1234.56'."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def share(fen: int, basis_points: int) -> int:
    """Return `basis_points`/10,000 of `fen`, rounded half up to a whole fen."""
    return (fen * basis_points + 5_000) // 10_000
