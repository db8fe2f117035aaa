"""Scale labels: EAN-13 of the store's own scales, with a price or a weight inside.

A format names the 13 places, such as `22IIIIIPPPPPC`: prefix, I article, P price in fen, W weight
in grams, C check digit (GS1 General Specifications §7.9; prefixes 20-29 are the store's own).
"""

import re

from msgspec import Struct

_EAN_13 = re.compile(r"[0-9]{13}", re.ASCII)
_GRAMS_PER_KG = 1_000


class ScaleLabel(Struct, frozen=True, kw_only=True):
    """What a label says."""

    article: str
    """The article's digits."""
    gtin_begin: str
    """How the 14-digit GTIN of its article begins: 0, prefix and the article's digits."""
    price_fen: int | None = None
    """Price of the piece."""
    weight_g: int | None = None


class ScaleLabels:
    """The formats of a store's scales, in the order in which they are tried."""

    def __init__(self, formats: tuple[str, ...] = ()) -> None:
        self._formats = formats

    def read(self, code: str) -> ScaleLabel | None:
        """Return what the label `code` says, None when it is none of ours, misread or zero."""
        if not _EAN_13.fullmatch(code) or not _has_right_check_digit(code):
            return None
        for form in self._formats:
            if code.startswith(form[:2]):
                label = _label(form, code)
                return None if _says_nothing(form, label) else label
        return None


def is_makers(gtin: str) -> bool:
    """Whether the 14-digit `gtin` (or none: "") is a maker's: no scale of the store weighs that."""
    return gtin != "" and not gtin.startswith("02")


def weighed_price(weight_g: int, price_per_kg_fen: int) -> int:
    """Return the price of `weight_g` grams, rounded half up to a whole fen."""
    return (weight_g * price_per_kg_fen + _GRAMS_PER_KG // 2) // _GRAMS_PER_KG


def _label(form: str, code: str) -> ScaleLabel:
    article, price, weight = (_digits(form, code, letter) for letter in "IPW")
    return ScaleLabel(
        article=article,
        gtin_begin=f"0{form[:2]}{article}",
        price_fen=int(price or 0) or None,
        weight_g=int(weight or 0) or None,
    )


def _says_nothing(form: str, label: ScaleLabel) -> bool:
    """Whether it has room for a price or a weight, and the scale left it at zero: nothing was
    weighed, or the price is too high for its digits."""
    return bool(set(form) & set("PW")) and label.price_fen is None and label.weight_g is None


def _digits(form: str, code: str, letter: str) -> str:
    return "".join(digit for place, digit in zip(form, code, strict=True) if place == letter)


def _has_right_check_digit(code: str) -> bool:
    """GS1 General Specifications §7.9.1: from the right, digits weigh 1 and 3 in turn."""
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code))
    return weighed % 10 == 0
