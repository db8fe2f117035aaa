"""store-hq reconciliation: the month of both channels as a table for a spreadsheet."""

import argparse
import csv
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TextIO

from agent.base.clock import SECOND_MS
from agent.domain.money import yuan
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.commands.reasons import why
from sync.hq.completeness.reconciliation import Row, reconciliation
from sync.hq.errors import AdminError

HEADINGS = (
    "month",
    "store",
    "figure",
    "channel",
    "key",
    "name",
    "count",
    "yuan",
    "z_count",
    "z_yuan",
    "difference_yuan",
)
"""The same in every language: programs read them, too."""

_MONTH = re.compile(r"(19[7-9]\d|2\d{3})-(0[1-9]|1[0-2])", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take a text for that begins so."""


def configure(command: Command) -> None:
    """Describe the command."""
    command.option("month", type=month, metavar="YYYY-MM")
    of_store(command)
    command.option("--to", type=Path, metavar="FILE", help="write it there; default: print it")
    command.explanation(
        "Of each store: what came of sales, refunds and each way of paying, beside what its signed"
        " Z reports say, and the difference; sales and discounts by the channel in which their"
        " coupons were handed out; double uses that it bears; points. Of the chain (*): coupons"
        " issued, revoked and expired, by channel and campaign."
    )
    command.example(
        "store-hq reconciliation 2026-11 --to 2026-11.csv", "store-hq reconciliation 2026-11 --json"
    ).runs(administrative(_reconciliation))


def month(text: str) -> str:
    """Read an argument that is a month."""
    if not _MONTH.fullmatch(text):
        raise argparse.ArgumentTypeError(
            say("expected a month such as 2026-11; got {text}", text=repr(text))
        )
    return text


async def _reconciliation(session: Session) -> None:
    args = session.args
    begins_at, ends_at = _instants(session)
    rows = await reconciliation(
        session.connection,
        store=await asked_store(session),
        month=args.month,
        begins_at=begins_at,
        ends_at=ends_at,
    )
    if session.as_json:
        session.tell(rows)
    elif args.to is None:
        _write(rows, args.month, sys.stdout)
    else:
        _write_file(rows, args.month, args.to)
        print(say("{file}: {count} rows", file=args.to, count=len(rows)))


def _instants(session: Session) -> tuple[int, int]:
    """Return when the month begins and ends in the chain's zone."""
    year, number = map(int, session.args.month.split("-"))
    following = (year + number // 12, number % 12 + 1)
    ends = (datetime(*one, 1, tzinfo=session.zone) for one in ((year, number), following))
    begins_at, ends_at = (round(one.timestamp()) * SECOND_MS for one in ends)
    return begins_at, ends_at


def _write_file(rows: list[Row], of_month: str, file: Path) -> None:
    """Write it as spreadsheets read it: UTF-8 with its mark."""
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            _write(rows, of_month, out)
    except OSError as error:
        raise AdminError("{file} can't be written: {why}", file=file, why=why(error)) from None


def _write(rows: list[Row], of_month: str, out: TextIO) -> None:
    table = csv.writer(out)
    table.writerow(HEADINGS)
    for row in rows:
        table.writerow([of_month, *_cells(row)])


def _cells(row: Row) -> list[str]:
    difference = None
    if row.fen is not None and row.z_fen is not None:
        difference = row.fen - row.z_fen
    return [
        row.store,
        row.figure,
        row.channel,
        _text(row.key),
        _text(row.name),
        str(row.count),
        _yuan(row.fen),
        "" if row.z_count is None else str(row.z_count),
        _yuan(row.z_fen),
        _yuan(difference),
    ]


def _yuan(fen: int | None) -> str:
    return "" if fen is None else yuan(fen)


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
