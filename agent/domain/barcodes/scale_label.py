"""Scale labels: bar codes of the store's own scales, with a price or a weight inside.

A format names each place, such as `22IIIIIPPPPPC`: the digits of the prefix, I article, P price in
fen, W weight in grams, V check digit of the price or weight beside it, X skipped, C check digit of
the whole (GS1 General Specifications §2.1.14, §7.9; prefixes 02 and 20-29 are the store's own).
"""

import re
from enum import StrEnum

from msgspec import Struct

from agent.domain.barcodes.gtin import check_digit, has_right_check_digit

_PREFIX = re.compile(r"\d+", re.ASCII)
_LIKE_LABEL = re.compile(r"(02|2[0-9])[0-9]{11}|2[0-9]{11}|2[0-9]{17}", re.ASCII)
_UPC_A_PLACES, _GTIN_PLACES = 12, 14


class ScaleLabel(Struct, frozen=True, kw_only=True):
    """What a label says."""

    form: str
    """The format by which it was read."""
    article: str
    """The article's digits."""
    gtin_begin: str
    """How the 14-digit GTIN of its article begins: 0, prefix and the article's digits."""
    price_fen: int | None = None
    """Price of the piece."""
    weight_g: int | None = None


class Misread(StrEnum):
    """Why a label that has a format's prefix and length can't be read by it."""

    CHECK_DIGIT = "check_digit"
    VALUE_CHECK_DIGIT = "value_check_digit"
    ZERO = "zero"
    """Nothing was weighed, or the price is too high for its digits."""


class MisreadLabel(Struct, frozen=True, kw_only=True):
    """A label that is not what its format says."""

    form: str
    why: Misread


class ScaleLabels:
    """The formats of a store's scales, in the order in which they are tried."""

    def __init__(self, formats: tuple[str, ...] = ()) -> None:
        self._formats = formats

    def read(self, code: str) -> tuple[ScaleLabel | MisreadLabel, ...]:
        """Return what the label `code` says by each format that has its prefix and length."""
        if not (code.isdecimal() and code.isascii()):
            return ()
        return tuple(
            _read(form, places)
            for form in self._formats
            if (places := _padded(code, form)) and _begins_as(places, form)
        )


def _begins_as(places: str, form: str) -> bool:
    return len(places) == len(form) and places.startswith(prefix_of(form))


def prefix_of(form: str) -> str:
    """Return the digits with which every label of this format begins."""
    match = _PREFIX.match(form)
    return match[0] if match else ""


def unset_prefix(code: str) -> str | None:
    """Return the prefix of what looks like a scale's label, of 12, 13 or 18 places with a right
    check digit; None when it does not."""
    if not _LIKE_LABEL.fullmatch(code) or not _is_checked(code):
        return None
    return "02" if len(code) == _UPC_A_PLACES else code[:2]


def weighed_price(weight_g: int, price_per_kg_fen: int) -> int:
    """Return the price of `weight_g` grams, rounded half up to a whole fen."""
    return (weight_g * price_per_kg_fen + 500) // 1_000


def _padded(code: str, form: str) -> str | None:
    """Return `code` with the places of the format: scanners send UPC-A with or without a 0."""
    if len(code) == len(form):
        return code
    if sorted((len(code), len(form))) != [_UPC_A_PLACES, _UPC_A_PLACES + 1]:
        return None
    return f"0{code}" if len(code) < len(form) else code.removeprefix("0")


def _read(form: str, code: str) -> ScaleLabel | MisreadLabel:
    article, price, weight, check = (_digits(form, code, letter) for letter in "IPWV")
    if form.endswith("C") and not _is_checked(code):
        return MisreadLabel(form=form, why=Misread.CHECK_DIGIT)
    if check and check != _value_check_digit(_checked(form, price, weight)):
        return MisreadLabel(form=form, why=Misread.VALUE_CHECK_DIGIT)
    label = ScaleLabel(
        form=form,
        article=article,
        gtin_begin=f"0{prefix_of(form)}{article}",
        price_fen=int(price or 0) or None,
        weight_g=int(weight or 0) or None,
    )
    if (price or weight) and label.price_fen is None and label.weight_g is None:
        return MisreadLabel(form=form, why=Misread.ZERO)
    return label


def _is_checked(code: str) -> bool:
    """Whether the last digit checks the others. Labels longer than any GTIN are no standard's: some
    scales count the weights 1 and 3 from the left there, as one may for an EAN-13."""
    counted_from_left = len(code) > _GTIN_PLACES and check_digit(code[:-1] + "0") == code[-1]
    return has_right_check_digit(code) or counted_from_left


def _checked(form: str, price: str, weight: str) -> str:
    """Return the digits that V checks: the field beside it."""
    at = form.index("V")
    return weight if "W" in form[max(at - 1, 0) : at + 2] else price


def _value_check_digit(digits: str) -> str:
    from biip.checksums import gs1_price_weight_check_digit

    return str(gs1_price_weight_check_digit(digits))


def _digits(form: str, code: str, letter: str) -> str:
    return "".join(digit for place, digit in zip(form, code, strict=True) if place == letter)
