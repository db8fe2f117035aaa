"""Money as an integer of fen (1 yuan = 100 fen). There is no float near money."""

import re
from typing import Annotated

from msgspec import Meta

MAX_FEN = 100_000_000_00
"""No amount of a single sale is larger: 100 million yuan."""

Amount = Annotated[int, Meta(ge=0, le=MAX_FEN, description="Amount in fen (1 yuan = 100 fen).")]
"""An amount on the wire, in fen."""

_YUAN = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)


def yuan(fen: int) -> str:
    """Return `fen` as people read it: 123456 → '1234.56'."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def share(fen: int, basis_points: int) -> int:
    """Return `basis_points`/10,000 of `fen`, rounded half up to a whole fen."""
    return (fen * basis_points + 5_000) // 10_000


def parse_yuan(text: str) -> int:
    """Return the fen of an amount as people write it: '12.5' → 1250; raise ValueError."""
    match = _YUAN.fullmatch(text)
    fen = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else None
    if fen is None or fen > MAX_FEN:
        raise ValueError(
            f"expected yuan such as 12.50, at most {MAX_FEN // 100}; got {text[:40]!r}"
        )
    return fen
