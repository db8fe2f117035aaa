"""Bounds of what an event may hold, so that every database along the way can keep it."""

from typing import Annotated

from msgspec import Meta

MAX_WHOLE = 2**63 - 1
MAX_WORD_CHARS = 128

Whole = Annotated[int, Meta(ge=-MAX_WHOLE, le=MAX_WHOLE)]
"""A number that 64 bits hold."""
Word = Annotated[str, Meta(max_length=MAX_WORD_CHARS)]
"""An id, an article, a number in words: what gets a column of its own."""
