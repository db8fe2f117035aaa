"""Text as a printer may get it: what people can see, and nothing that steers a device or a reader.

Whatever a name, a note or a coupon's title holds, no control character, no mark of direction and
nothing without a width comes out of here; so no data can open a drawer or turn a sum around.
"""

import re
import unicodedata
from functools import lru_cache

IDEOGRAPHIC_SPACE = "\u3000"
YEN = str.maketrans("\u00a5", "\uffe5")
"""A half-width yen sign is no character of GBK; the full-width one is."""

_PLAIN_ALREADY = re.compile("[ -~×一-龥，。、：；！？（）《》【】￥]*")
"""What nearly all texts of a receipt consist of: nothing of it changes, or joins with another."""
_SPACES = frozenset("\t\n\v\f\r\u0085")
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Fillers: letters by their category, blank on paper."""
_LOST_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARK_CATEGORIES = frozenset({"Mn", "Me"})


def plain(text: str) -> str:
    """Return `text` as visible characters and single-width or ideographic spaces, in one line.

    Line breaks and tabs become spaces, marks that no printer can stack are dropped, `¥` is `￥`.
    """
    if _PLAIN_ALREADY.fullmatch(text):
        return text
    visible = "".join(map(_visible, text))
    composed = unicodedata.normalize("NFC", visible)
    return "".join(
        char for char in composed if unicodedata.category(char) not in _MARK_CATEGORIES
    ).translate(YEN)


def without_controls(data: str) -> str:
    """Return the content of a QR code without control characters and half surrogates.

    A printer looks for real-time commands even amid a code's data (DLE DC4 opens the drawer).
    """
    return "".join(char for char in data if unicodedata.category(char) not in {"Cc", "Cs"})


@lru_cache(maxsize=1024)  # each text is asked for again and again while it is laid out
def columns_of(text: str) -> int:
    """Columns that plain `text` takes: 1 for ASCII, 2 for everything else.

    Between FS & and FS . each character is set in a cell of two columns, be its East Asian width
    (Unicode TR 11) wide, full, ambiguous or neutral.
    """
    if text.isascii():
        return len(text)
    return 2 * len(text) - len(text.encode("ascii", "ignore"))


def _visible(char: str) -> str:
    if char in _SPACES:
        return " "
    if char in _INVISIBLE:
        return ""
    category = unicodedata.category(char)
    if category in _LOST_CATEGORIES:
        return ""
    if category.startswith("Z") and char != IDEOGRAPHIC_SPACE:
        return " "
    return char
