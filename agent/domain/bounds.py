"""Bounds of what an event may hold, so that every database along the way can keep it."""

from typing import Annotated

from msgspec import Meta

MAX_WHOLE = 2**63 - 1
MAX_WORD_CHARS = 128
MAX_LINES = 200
"""Of a sale, as of a refund."""
MAX_COUPONS = 10
MAX_TENDERS = 10
MAX_PROMOTIONS = 100
"""Applied to one sale, what was given by hand included."""
MAX_TAX_BP = 10_000
"""Twice what is asked for without the tax."""
MAX_QUANTITY = 9_999
MAX_WEIGHT_G = 1_000_000
MAX_PRICE_FEN = 10_000_000_00

Whole = Annotated[int, Meta(ge=-MAX_WHOLE, le=MAX_WHOLE)]
"""A number that 64 bits hold."""
Word = Annotated[str, Meta(max_length=MAX_WORD_CHARS)]
"""An id, an article, a number in words: what gets a column of its own."""
