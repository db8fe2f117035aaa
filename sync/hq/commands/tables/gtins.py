"""The bar code of an article in a table file, and how spreadsheets spoil it."""

import re

from agent.domain.barcodes.gtin import check_digit, gtin_of
from sync.hq.commands.tables.cells import SCIENTIFIC, bare, made_a_number, seen
from sync.hq.errors import AdminError

_SHORTENED = {7: 8, 9: 13, 10: 13, 11: 12}
"""How many digits there were before leading zeros were lost."""


def gtin(cell: str, *, column: str) -> str:
    """Return the digits of a GTIN-8, -12, -13 or -14, or "" of an empty cell."""
    digits = bare(cell, column).replace("-", "")
    if not digits or gtin_of(digits):
        return digits
    if SCIENTIFIC.fullmatch(digits):
        raise made_a_number(column, cell)
    if not re.fullmatch(r"\d+", digits, re.ASCII):
        raise AdminError(
            "{column} is the 8, 12, 13 or 14 digits below the bar code, or empty; got {got}",
            column=column,
            got=seen(cell),
        )
    raise _wrong_digits(digits, column)


def _wrong_digits(digits: str, column: str) -> AdminError:
    full = digits.zfill(_SHORTENED.get(len(digits), 0))
    if full != digits and gtin_of(full):
        return AdminError(
            "{column} {digits} has lost its leading zeros: format the column as text and type"
            " {full}",
            column=column,
            digits=digits,
            full=full,
        )
    if len(digits) not in (8, 12, 13, 14) or not int(digits):
        return AdminError(
            "{column} {digits} has {count} digits: type the 8, 12, 13 or 14 below the bar code",
            column=column,
            digits=seen(digits),
            count=len(digits),
        )
    return AdminError(
        "{column} {digits}: the last digit does not belong to the others (it would be {right});"
        " compare with the bar code: a digit is wrong or missing",
        column=column,
        digits=digits,
        right=check_digit(digits[:-1]),
    )
