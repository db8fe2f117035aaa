"""Table files with a heading line, as clerks' spreadsheets write them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sync.hq.commands.tables.columns import Column, Heading
from sync.hq.commands.tables.progress import Progress
from sync.hq.commands.tables.sheet import Row, rows_of
from sync.hq.commands.tables.text import read_text
from sync.hq.errors import AdminError
from sync.hq.imports.mistakes import Mistakes
from sync.hq.imports.plan import FileRow


def read_table(
    file: Path,
    columns: Sequence[Column],
    *,
    encoding: str | None,
    mistakes: Mistakes,
    progress: Progress,
) -> list[FileRow]:
    """Return the rows without mistakes; the first of `columns` names what a row is of.

    Empty rows and the heading once more are passed over. AdminError for what is no such table.
    """
    rows = rows_of(read_text(file, encoding=encoding), mistakes)
    first = next(rows, None)
    if first is None:
        mistakes.raise_if_any()
        raise AdminError("{file} is empty", file=file)
    heading = Heading(first, columns, file=str(file))
    return list(_taken(progress.read(rows), heading, columns[0].name, mistakes))


def _taken(
    rows: Iterator[Row], heading: Heading, key: str, mistakes: Mistakes
) -> Iterator[FileRow]:
    lines: dict[str, int] = {}
    for row in rows:
        if heading.is_repeated_by(row):
            continue
        fields = dict(heading.fields(row, mistakes))
        name = fields.pop(key, None)
        if name is None:
            continue
        if name in lines:
            mistakes.add(
                row.place,
                AdminError("{key} is on line {line} already: keep one", key=name, line=lines[name]),
            )
            continue
        lines[name] = row.place.line
        yield FileRow(row.place, name, fields)
