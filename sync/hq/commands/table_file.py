"""CSV files with a heading line, as spreadsheets write them."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from sync.hq.errors import AdminError

T = TypeVar("T")


def read_table(
    file: Path, *, required: Iterable[str], optional: Iterable[str], row: Callable[..., T]
) -> list[T]:
    """Return `row(**cells)` for each line; AdminError says the line of whatever is wrong.

    `row` raises ValueError for cells that it can't take.
    """
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise AdminError("{file} can't be read: {why}", file=file, why=error.strerror) from None
    except UnicodeDecodeError:
        raise AdminError("{file} is not UTF-8: save it as CSV UTF-8", file=file) from None
    reader = csv.DictReader(text.splitlines(), restkey="?", restval="")
    _check_heading(file, list(reader.fieldnames or []), list(required), list(optional))
    return [_converted(file, number, cells, row) for number, cells in enumerate(reader, 2)]


def _check_heading(file: Path, names: list[str], required: list[str], optional: list[str]) -> None:
    missing = [name for name in required if name not in names]
    unknown = [name for name in names if name not in (*required, *optional)]
    if missing or unknown:
        raise AdminError(
            "{file}: the first line names the columns {required} and may name {optional};"
            " got {names}",
            file=file,
            required=",".join(required),
            optional=",".join(optional) or "-",
            names=",".join(names),
        )


def _converted(file: Path, number: int, cells: dict[str, str], row: Callable[..., T]) -> T:
    if "?" in cells:
        raise AdminError("{file} line {number}: more cells than columns", file=file, number=number)
    try:
        return row(**{name: cell.strip() for name, cell in cells.items()})
    except (ValueError, AdminError) as error:
        raise AdminError(
            "{file} line {number}: {why}", file=file, number=number, why=error
        ) from None
