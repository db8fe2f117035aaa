"""The signs that a printer's font has, and how they are sent."""

from enum import StrEnum
from functools import lru_cache

from drivers.nearest import is_in_gbk, nearest
from drivers.plain import plain

LACKING = "？"
"""Stands for a character to which the font has nothing near."""


class Encoding(StrEnum):
    """How characters beyond ASCII are sent."""

    GBK = "gbk"
    """One or two bytes each: what every Chinese printer knows. What it lacks is printed as its
    nearest sign: on paper the four bytes of a rarer one would be four wrong signs, digits among
    them."""
    GB18030 = "gb18030"
    """Also four bytes each, for all of Unicode; for fonts that have them."""
    UTF8 = "utf-8"


@lru_cache(maxsize=1024)  # names of articles and labels stand on one receipt after the other
def legible_text(text: str, encoding: Encoding) -> str:
    """Return `text` as the printer can show it, in one line."""
    visible = plain(text)
    if encoding is Encoding.GBK:
        return nearest(visible, is_in_gbk, lacking=LACKING)
    return visible
