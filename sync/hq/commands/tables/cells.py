"""What a cell says, and what spreadsheets do to it on the way."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.bounds import MAX_TAX_BP
from agent.domain.money import MAX_FEN, parse_yuan
from sync.hq.commands.moment import Moment
from sync.hq.errors import AdminError

MAX_SHOWN_CHARS = 40
MAX_CODE_CHARS = 64
"""Of a sku (sync/protocol/changes.py)."""

SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+?\d{1,2}", re.ASCII | re.IGNORECASE)
"""What a spreadsheet makes of a long number: 6.90123E+12."""

_AS_TEXT = re.compile(r'=\s*"([^"]*)"')
"""How a value is kept as text in a CSV file: ="00123"."""
_SHEET_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)|#{3,}")
_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DATE = re.compile(rf"\d{{1,2}}月\d{{1,2}}日|\d{{1,2}}-(?:{_MONTH})|(?:{_MONTH})-\d{{2}}")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Full-width signs: A001 is A001."""
_CURRENCY = re.compile(r"^(?:[¥¥]|RMB|CNY)|(?:元|RMB|CNY)$", re.IGNORECASE)
_RATE = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)(%?)", re.ASCII)
_NO_TAX = ("免税", "不征税")
_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d))?)?", re.ASCII
)
_LOST = re.compile("\ufffd|锟斤拷")
"""What is left of signs that a program could not read."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control signs, and such as turn the line around."""


def words(cell: str, *, column: str, most: int, required: bool = False) -> str:
    """Return a text for people, on one line, of at most `most` signs."""
    value = " ".join(_value(cell, column).split())
    if required and not value:
        raise AdminError("{column} is empty: type it", column=column)
    if _LOST.search(value):
        raise AdminError(
            "signs in {column} were lost when the file was saved: {got}; type them anew and save as"
            " CSV UTF-8",
            column=column,
            got=seen(value),
        )
    if _UNPRINTABLE.search(value):
        raise AdminError(
            "{column} has a sign that can't be printed: type it anew; got {got}",
            column=column,
            got=seen(value),
        )
    if len(value) > most:
        raise AdminError(
            "{column} has {count} signs, {most} at most: shorten it; got {got}",
            column=column,
            count=len(value),
            most=most,
            got=seen(value),
        )
    return value


def code(cell: str, *, column: str, most: int = MAX_CODE_CHARS) -> str:
    """Return an id in its narrow form, such as a sku."""
    value = words(unwrapped(cell), column=column, most=most, required=True)
    if SCIENTIFIC.fullmatch(value) and "+" in value:
        raise made_a_number(column, value)
    if _DATE.fullmatch(value):
        raise AdminError(
            "a spreadsheet made a date of {column}: {got}; format the column as text and type it"
            " anew",
            column=column,
            got=seen(value),
        )
    return value


def price(cell: str, *, column: str) -> int:
    """Return the fen of a price in yuan: 12.5, ¥1,234.50, 12元."""
    value = _CURRENCY.sub("", bare(cell, column))
    try:
        return parse_yuan(_without_thousands(value))
    except ValueError:
        raise AdminError(
            "expected yuan such as 12.50 in {column}: from 0 to {most}, two decimals at most; got"
            " {got}",
            column=column,
            most=MAX_FEN // 100,
            got=seen(cell),
        ) from None


def rate(cell: str, *, column: str) -> int | None:
    """Return the 1/10,000 of a tax: 13%, 13, 免税; None when the cell is empty.

    0.13 is refused: a spreadsheet makes it of 13 %, and people write it for 0.13 %.
    """
    value = bare(cell, column)
    if not value:
        return None
    if value in _NO_TAX:
        return 0
    match = _RATE.fullmatch(value)
    basis_points = parse_yuan(match[1]) if match else MAX_TAX_BP + 1
    is_share = 0 < basis_points < 100 and not (match and match[2])
    if basis_points > MAX_TAX_BP or is_share:
        raise AdminError(
            "expected a tax such as 13% or 13 in {column}: from 0 to {most}, two decimals at most;"
            " got {got}",
            column=column,
            most=MAX_TAX_BP // 100,
            got=seen(cell),
        )
    return basis_points


def yes(cell: str, *, column: str, signs: Sequence[str], others: Sequence[str]) -> bool:
    """Return whether the cell is one of `signs`, not of `others`; letters count in either case."""
    value = bare(cell, column).casefold()
    if value not in signs and value not in others:
        raise AdminError(
            "expected {yes} or {no} in {column}; got {got}",
            column=column,
            yes=signs[0],
            no=others[0],
            got=seen(cell),
        )
    return value in signs


def moment(
    cell: str, *, column: str, is_end: bool = False, required: bool = False
) -> Moment | None:
    """Return a day, or a day with a time, as spreadsheets write them, too: 2027/1/5 8:00.

    A day alone is meant from its beginning, or `is_end`: to its end.
    """
    value = unwrapped(_value(cell, column))
    if not value and not required:
        return None
    parts = _MOMENT.fullmatch(value)
    try:
        if parts is None:
            raise ValueError
        year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups())
        wall = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  # the chain's time
        whole_day = is_end and parts[4] is None
        return Moment(wall=wall + timedelta(days=1) if whole_day else wall)
    except (ValueError, OverflowError):
        raise AdminError(
            "expected a day such as 2027-01-31, or 2027-01-31 08:00, in {column}; got {got}",
            column=column,
            got=seen(cell),
        ) from None


def whole(cell: str, *, column: str, least: int, most: int) -> int:
    """Return a whole number within bounds."""
    value = _without_thousands(bare(cell, column))
    if re.fullmatch(r"[+-]?\d{1,16}", value, re.ASCII) and least <= int(value) <= most:
        return int(value)
    raise AdminError(
        "expected a whole number from {least} to {most} in {column}; got {got}",
        least=least,
        most=most,
        column=column,
        got=seen(cell),
    )


def bare(cell: str, column: str) -> str:
    """Return a number's signs alone: narrow, without blanks."""
    return "".join(unwrapped(_value(cell, column)).split())


def unwrapped(cell: str) -> str:
    """Return the narrow form of a cell, without what marks it as text for a spreadsheet."""
    as_text = _AS_TEXT.fullmatch(cell)
    narrow = (as_text[1] if as_text else cell).translate(_NARROW)
    return narrow[1:].strip() if narrow[:1] in ("'", "\u2018") else narrow.strip()


def seen(cell: str) -> str:
    """Return a cell as it is told in a message."""
    return repr(cell if len(cell) <= MAX_SHOWN_CHARS else cell[:MAX_SHOWN_CHARS] + "…")


def made_a_number(column: str, value: str) -> AdminError:
    """The error for digits that a spreadsheet has thrown away."""
    return AdminError(
        "a spreadsheet made a number of {column}: {got}; format the column as text and type all"
        " digits anew",
        column=column,
        got=seen(value),
    )


def _value(cell: str, column: str) -> str:
    as_text = _AS_TEXT.fullmatch(cell)
    if as_text:
        return as_text[1]
    if cell.startswith("="):
        raise AdminError(
            "a formula in {column}: {got}; type its value", column=column, got=seen(cell)
        )
    if _SHEET_ERROR.fullmatch(cell):
        raise AdminError(
            "an error of the spreadsheet in {column}: {got}; mend it there",
            column=column,
            got=seen(cell),
        )
    return cell


def _without_thousands(number: str) -> str:
    return number.replace(",", "") if _THOUSANDS.fullmatch(number) else number
