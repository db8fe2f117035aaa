"""Plain signs: what Unicode writes in many ways, as ASCII writes it.

Digits of every script, full-width and circled ones, Chinese numerals, blanks and dashes of all
kinds; signs that show nothing by themselves are left out. For looking into text, not to keep it.
"""

import unicodedata
from itertools import chain

_NOTHING = frozenset({"Cf", "Mn", "Me"})
"""Categories of signs that add to others or steer them: zero-width, direction, key caps."""
_NUMERALS = str.maketrans("〇零一幺二三四五六七八九", "001123456789")
_DOTS = str.maketrans("•・∙⋅●", "·····")


def plain(text: str) -> str:
    """Return `text` in plain signs."""
    return "".join(map(_plain, text))


def spans(text: str) -> list[tuple[int, int]]:
    """Return for each sign of `plain(text)` where it stands in `text`: begin and end."""
    places = ([(at, at + 1)] * len(_plain(sign)) for at, sign in enumerate(text))
    return [*chain.from_iterable(places)]


def _plain(sign: str) -> str:
    if sign.isascii():
        return sign
    return "".join(map(_one, unicodedata.normalize("NFKC", sign))).translate(_DOTS)


def _one(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in _NOTHING:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if category == "Zs":
        return " "
    if category == "Pd" or sign == "\u2212":  # the minus sign
        return "-"
    return sign.translate(_NUMERALS)
