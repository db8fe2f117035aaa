"""How commands print: JSON for machines, tables for people."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any

import msgspec

from agent.base.clock import Millis
from agent.domain.money import yuan
from sync.hq.commands.language import say
from sync.hq.commands.moment import shown

_ENDS = ("ends_at", "not_after", "expires")
WHOLE_CHARS = 24
"""A word up to this long, such as a coupon's id, is never broken to fit a narrow terminal."""


def print_json(value: Any) -> None:
    """Print a value as JSON, indented."""
    print(msgspec.json.format(msgspec.json.encode(value)).decode())


def print_rows(
    rows: Sequence[msgspec.Struct],
    *,
    as_json: bool,
    empty: str,
    columns: Mapping[str, str],
    zone: tzinfo = UTC,
) -> None:
    """Print rows as a JSON array, or as a table of `columns`: field -> heading, in English.

    Instants (fields in `_at`, terms) are shown in `zone` with its offset, sums (fields in `_fen`)
    in yuan. A table names what fits 80 columns; JSON holds every field, in milliseconds and fen.
    """
    if as_json:
        print_json(rows)
    elif not rows:
        print(say(empty))
    else:
        _print_table(rows, columns, zone)


def _print_table(rows: Sequence[msgspec.Struct], columns: Mapping[str, str], zone: tzinfo) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    texts = [[_plain(_text(field, getattr(row, field), zone)) for field in columns] for row in rows]
    for number, (field, heading) in enumerate(columns.items()):
        table.add_column(
            say(heading),
            justify="right" if _is_number(field, getattr(rows[0], field)) else "left",
            no_wrap=all(_stays_whole(line[number]) for line in texts),
            overflow="fold",
        )
    for line in texts:
        table.add_row(*(Text(text) for text in line))  # Text: brackets in a name are no markup
    console = Console()
    if not sys.stdout.isatty():
        console.width = 400  # a pipe has no width: cut nothing
    console.print(table)


def _text(field: str, value: object, zone: tzinfo) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int) and _is_instant(field):
        return shown(Millis(value), zone, is_end=field in _ENDS)
    if isinstance(value, int) and field.endswith("_fen"):
        return yuan(value)
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _plain(text: str) -> str:
    """What a store sent may hold what commands a terminal, or turns its line around."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _is_number(field: str, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and not _is_instant(field)


def _stays_whole(text: str) -> bool:
    return len(text) <= WHOLE_CHARS and " " not in text


def _is_instant(field: str) -> bool:
    return field.endswith("_at") or field in ("last_contact", "key_since", "not_before", *_ENDS)
