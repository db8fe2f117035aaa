"""GTINs (GS1 General Specifications §3): article numbers of 8, 12, 13 or 14 digits, held as 14."""

import re

_DIGITS = re.compile(r"[0-9]{8}|[0-9]{12,14}", re.ASCII)
_CASE = "12345678"
_MEASURED = "9"


def check_digit(digits: str) -> str:
    """Return the digit that belongs behind `digits`: from the right they weigh 3 and 1 in turn
    (GS1 General Specifications §7.9.1)."""
    weighed = sum(int(digit) * (1 if at % 2 else 3) for at, digit in enumerate(reversed(digits)))
    return str(-weighed % 10)


def has_right_check_digit(digits: str) -> bool:
    """Whether the last of `digits` is the check digit of the others."""
    return check_digit(digits[:-1]) == digits[-1]


def gtin_of(digits: str) -> str | None:
    """Return the 14-digit form of a GTIN-8, -12, -13 or -14, None when it is none."""
    if not _DIGITS.fullmatch(digits) or not has_right_check_digit(digits) or not int(digits):
        return None
    return digits.zfill(14)


def gtin_of_upc_e(digits: str) -> str | None:
    """Return the GTIN behind a UPC-E: 8 digits, or 6 or 7 whose check digit the scanner kept."""
    if not re.fullmatch(r"[0-9]{6}|[01][0-9]{6,7}", digits, re.ASCII):
        return None
    # Loaded at the first of them: coupons, the more urgent scans, do not need it.
    from biip import ParseError
    from biip.upc import Upc

    try:
        return gtin_of(Upc.parse(digits).as_upc_a())
    except ParseError:
        return None


def is_case(gtin: str) -> bool:
    """Whether its indicator (the first of 14 digits, 1-8) says that it is a case of pieces."""
    return gtin[0] in _CASE


def is_measured(gtin: str) -> bool:
    """Whether its indicator (9) says that it varies in measure."""
    return gtin[0] == _MEASURED


def of_piece(gtin: str) -> str:
    """Return the GTIN of the piece that a case, or what varies in measure, is made of."""
    return _with_indicator("0", gtin)


def of_measured(gtin: str) -> str:
    """Return the GTIN by which the same article is listed as varying in measure."""
    return _with_indicator(_MEASURED, gtin)


def is_makers(gtin: str) -> bool:
    """Whether the 14-digit `gtin` (or none: "") is a maker's, of what is sold by the piece.

    Prefixes 02, 04 and 20-29 are the store's own (restricted circulation), and indicator 9 says
    that price or weight stand on each pack.
    """
    return gtin != "" and not gtin.startswith(("02", "002", "004", _MEASURED))


def is_foreign_coupon(gtin: str) -> bool:
    """Whether GS1 gave its prefix to coupons and refund receipts: 980-984, 99, in the USA 05."""
    return gtin.startswith(("0980", "0981", "0982", "0983", "0984", "099", "005"))


def _with_indicator(indicator: str, gtin: str) -> str:
    digits = indicator + gtin[1:-1]
    return digits + check_digit(digits)
