"""How commands print: JSON for machines, tables for people."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec


def print_json(value: Any) -> None:
    """Print a value as JSON, indented."""
    print(msgspec.json.format(msgspec.json.encode(value)).decode())


def print_rows(
    rows: Sequence[msgspec.Struct], *, as_json: bool, empty: str, columns: Mapping[str, str]
) -> None:
    """Print rows as a JSON array, or as a table of `columns`: field -> heading.

    Instants (fields in `_at`, dates of keys) are shown in this machine's zone.
    """
    if as_json:
        print_json(rows)
    elif not rows:
        print(empty)
    else:
        _print_table(rows, columns)


def _print_table(rows: Sequence[msgspec.Struct], columns: Mapping[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for field, heading in columns.items():
        numbers = isinstance(getattr(rows[0], field), int) and not _is_instant(field)
        table.add_column(heading, justify="right" if numbers else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(_text(field, getattr(row, field)) for field in columns))
    console = Console()
    if not sys.stdout.isatty():
        console.width = 400  # a pipe has no width: cut nothing
    console.print(table)


def _text(field: str, value: object) -> str:
    if value is None:
        return "-"
    if _is_instant(field) and isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC).astimezone().isoformat(" ", "seconds")
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _is_instant(field: str) -> bool:
    return field.endswith("_at") or field in ("last_contact", "not_before", "not_after")
