"""Which cell of a row belongs to which column, by the names in the heading."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.hq.commands.tables.sheet import Row, column_name
from sync.hq.errors import AdminError
from sync.hq.imports.mistakes import Mistakes

MAX_HEADING_CHARS = 200
MAX_NAME_CHARS = 40
"""Of an unknown column, as it is told."""

Read = Callable[[str], Any]
"""Returns what a cell says; AdminError when it can't be taken."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column that a file has, or may have."""

    name: str
    read: Read
    also: tuple[str, ...] = ()
    """Other names of it."""
    field: str = ""
    """What it is called at head office, if not the same."""
    required: bool = False

    def is_called(self, name: str) -> bool:
        """Whether a heading means this column."""
        return name in (self.name, *self.also)


class Heading:
    """The columns of one file, in its order."""

    def __init__(self, row: Row, columns: Sequence[Column], *, file: str) -> None:
        """Raise AdminError for columns that are missing, unknown, or there twice."""
        self._names = names = [column_name(cell) for cell in row.cells]
        self._columns = [next((c for c in columns if c.is_called(name)), None) for name in names]
        found = [column for column in self._columns if column]
        missing = [column for column in columns if column.required and column not in found]
        unknown = [n for n, column in zip(names, self._columns, strict=True) if n and not column]
        if missing or unknown:
            raise _wrong(file, columns, row, unknown)
        if twice := [column.name for column in columns if found.count(column) > 1]:
            raise AdminError(
                "{file}: the column {name} is there twice: delete one", file=file, name=twice[0]
            )

    def is_repeated_by(self, row: Row) -> bool:
        """Whether the row is the heading once more, as where tables were put together."""
        return (
            column_name(row.cells[0]) == self._names[0]
            and [column_name(cell) for cell in row.cells] == self._names
        )

    def fields(self, row: Row, mistakes: Mistakes) -> Mapping[str, Any]:
        """Return what the row's cells say, by column; those with mistakes are left out.

        A cell that the row has no more is an empty one: spreadsheets leave these out.
        """
        if any(row.cells[len(self._columns) :]) or any(
            cell for cell, column in zip(row.cells, self._columns, strict=False) if not column
        ):
            mistakes.add(row.place, AdminError("more cells than columns: is a value split in two?"))
        cells = [*row.cells, *[""] * (len(self._columns) - len(row.cells))]
        fields: dict[str, Any] = {}
        for cell, column in zip(cells, self._columns, strict=False):
            if column:
                try:
                    fields[column.field or column.name] = column.read(cell)
                except AdminError as error:
                    mistakes.add(row.place, error)
        return fields


def _wrong(file: str, columns: Sequence[Column], row: Row, unknown: Sequence[str]) -> AdminError:
    known = [name for column in columns for name in (column.name, *column.also)]
    return AdminError(
        "{file}: the first line names the columns {required} and may name {optional};"
        " got {names}{meant}",
        file=file,
        required=",".join(column.name for column in columns if column.required),
        optional=",".join(column.name for column in columns if not column.required) or "-",
        names=_seen(",".join(row.cells)[:MAX_HEADING_CHARS]),
        meant=_mend(unknown[0][:MAX_NAME_CHARS], known) if unknown else "",
    )


def _mend(unknown: str, known: Sequence[str]) -> AdminError:
    close = difflib.get_close_matches(unknown, known, n=1)
    if close:
        return AdminError("; did you mean {name}?", name=close[0])
    return AdminError(
        "; delete the column {name}, or give it one of these names", name=_seen(unknown)
    )


def _seen(text: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
