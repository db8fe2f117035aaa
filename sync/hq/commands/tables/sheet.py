"""The rows of a table file: its separator, its heading, and where each row stands."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sync.hq.errors import AdminError
from sync.hq.imports.mistakes import Mistakes, Place

MAX_ROWS = 500_000
SEPARATORS = ",;\t|,"

_INVISIBLE = re.compile(r"[\u200b\u2060\ufeff]")
_HINT = re.compile(r"\ufeff?sep=(.)(\r\n?|\n)", re.IGNORECASE)
"""A first line by which Excel is told the separator."""
_UNIT = re.compile(r"\(.*\)$|\*")
"""What people add to a column's name: 价格(元), 货号*."""


class Row(NamedTuple):
    """The cells of a row, without blanks around them, and where it stands."""

    place: Place
    cells: Sequence[str]


def rows_of(text: str, mistakes: Mistakes) -> Iterator[Row]:
    """Return the rows that are not empty, the heading first; one that can't be read is the last."""
    hint = _HINT.match(text)
    body = text[hint.end() :] if hint else text
    separator = hint[1] if hint else _separator(body)
    line = 2 if hint else 1
    reader = csv.reader(
        io.StringIO(body, newline=""), delimiter=separator, skipinitialspace=True, strict=True
    )
    for row in range(1, MAX_ROWS + 2):
        place = Place(line + reader.line_num, row)
        try:
            cells = next(reader, None)
        except csv.Error:
            mistakes.add(place, _unreadable())
            return
        if cells is None:
            return
        clean = [trimmed(cell) for cell in cells]
        if any(clean):
            yield Row(place, clean)
    mistakes.add(place, AdminError("the file has more than {most} rows: split it", most=MAX_ROWS))


def trimmed(cell: str) -> str:
    """Return a cell without blanks around it (NBSP and wide ones, too) or signs of no width."""
    return _INVISIBLE.sub("", cell).strip()


def column_name(cell: str) -> str:
    """Return the name of a column as it is compared: no case, no width, no unit."""
    return _UNIT.sub("", unicodedata.normalize("NFKC", trimmed(cell)).lower()).strip()


def _separator(text: str) -> str:
    """The sign that is most often in the first line that is not empty, the comma if none is."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=heading.count)


def _unreadable() -> AdminError:
    return AdminError(
        'a quotation mark (") here has no end, or is followed by text: write one that belongs to'
        ' the text twice (""), or take it out'
    )
