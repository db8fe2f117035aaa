"""The nearest sign of what a font lacks: é → e, ½ → 1/2, € → EUR. For printers and displays alike.

What looks or reads the same comes first by this table, then by Unicode's compatibility
decompositions (UAX 15, NFKC and NFKD), whose accents are left away.
"""

import unicodedata
from collections.abc import Callable
from functools import cache

Has = Callable[[str], bool]
"""Whether a font has a character."""

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′＇´`", "'"),
        **dict.fromkeys("“”„‟″«»「」『』", '"'),
        **dict.fromkeys("‐‑‒–—―−─━", "-"),
        **dict.fromkeys("·•‧∙・●", "."),
        **dict.fromkeys("《〈‹", "<"),
        **dict.fromkeys("》〉›", ">"),
        **dict.fromkeys("【〔〖", "["),
        **dict.fromkeys("】〕〗", "]"),
        "。": ".",
        "、": ",",
        "⁄": "/",
        "÷": "/",
        "×": "x",
        "✕": "x",
        "✖": "x",
        "°": "o",
        "→": "->",
        "←": "<-",
        "≤": "<=",
        "≥": ">=",
        "≈": "~",
        "～": "~",
        "±": "+/-",
        "¥": "Y",
        "￥": "Y",
        "€": "EUR",
        "£": "GBP",
        "￡": "GBP",
        "₩": "KRW",
        "₽": "RUB",
        "©": "(C)",
        "®": "(R)",
        "µ": "u",
        "μ": "u",
        "✓": "√",
        "✔": "√",
        "★": "*",
        "☆": "*",
        "ß": "ss",
        "ẞ": "SS",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "Th",
        "ł": "l",
        "Ł": "L",
        "ħ": "h",
        "Ħ": "H",
        "ı": "i",
        "ŋ": "ng",
        "Ŋ": "Ng",
        "𠮷": "吉",
        "㐂": "喜",
    }
)


def nearest(text: str, has: Has, *, lacking: str) -> str:
    """Return plain `text` in characters that `has` holds of; `lacking` where none is near.

    One character may become several.
    """
    return "".join(char if has(char) else _nearest(char, has) or lacking for char in text)


@cache
def is_in_gbk(char: str) -> bool:
    """Whether a font of GBK has it: whatever each Chinese printer and display can show."""
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _nearest(char: str, has: Has) -> str:
    """The first form of a character that the font has; empty if none."""
    for form in (char, unicodedata.normalize("NFKC", char), _without_accents(char)):
        for sign in (form, form.translate(_SIGNS)):
            if sign and all(map(has, sign)):
                return sign
    return ""


def _without_accents(char: str) -> str:
    parts = unicodedata.normalize("NFKD", char)
    return "".join(part for part in parts if not unicodedata.combining(part))
