"""Plans: each statement of the product that a test runs is planned once, as SQLite will run it in
every store. None may read the whole of a table that grows with the years or with the catalogue."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.store import sqlite

ROOT = Path(__file__).parents[2]
GROWING = (
    "article",
    "coupon_state",
    "handout",
    "idempotency",
    "journal",
    "member",
    "opaque_code",
    "past_event",
    "print_job",
    "redemption",
    "refund",
    "refund_line",
    "sale",
    "stock",
)
READ_WHOLE = {
    "agent/store/coupons/revocations.py": "hashes all that is revoked, on the side reader",
    "agent/store/digests.py": "sums everything, at night and once after an upgrade",
    "agent/store/house/books.py": "compares everything, at night and for a while at the start",
    "agent/store/house/salvage.py": "takes everything out of a damaged file",
    "agent/store/house/training_copy.py": "copies the catalogue once for the training ground",
    "agent/services/line/bring_in.py": "looks once what a file brings that is not here",
    "agent/store/selling/lookup.py": "looks for a part of a name, on the side reader",
    "agent/store/line/parked.py": "looks what it can't read, on the side reader, at each start",
    "agent/store/line/told_rows.py": "hashes all that HQ told, at night, on the side reader",
    "agent/store/line/told.py": "looks once for what a snapshot tells no more",
    "agent/store/line/past.py": "deletes what was told back to a new PC, now and then",
}
"""Modules that read a growing table whole, and why that is right."""
RIGHT_AS_THEY_ARE = (
    "FROM idempotency ORDER BY rowid LIMIT",
    "FROM journal ORDER BY seq DESC LIMIT 1",
    "FROM print_job ORDER BY place LIMIT",
    "ORDER BY place DESC LIMIT ?",
    "NOT EXISTS (SELECT 1 FROM journal)",
    "WHERE seq NOT IN (SELECT seq FROM recovered_event) ORDER BY seq DESC LIMIT 1",
    "SELECT coupon_id FROM handout WHERE expires <= ? LIMIT",
    "FROM handout WHERE sale_id IS NULL LIMIT 1",
    "SELECT till, receipt_no FROM sale UNION ALL",
)
"""Statements that begin at an end of the table and soon stop, and one that a PC runs once."""

_WHOLE = re.compile(
    r"^(?:SCAN (?:\w+\.)?(\w+)(?! USING INDEX \w+_open)|SEARCH (?:\w+\.)?(\w+) USING PRIMARY KEY$)"
)
_ALIAS = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:\w+\.)?(\w+)\s+(?:AS\s+)?(\w+)", re.I)
_seen: set[str] = set()


class Planned(sqlite.Connection):
    """A connection that looks at the plan of each statement of the product that it has not seen."""

    found: list[str] = []  # noqa: RUF012 - of the whole process

    def execute(self, sql: str, parameters: Any = ()) -> sqlite.Cursor:
        if sql not in _seen:
            _seen.add(sql)
            self._look_at(sql, parameters, sys._getframe(1).f_code.co_filename)
        return super().execute(sql, parameters)

    def _look_at(self, sql: str, parameters: Any, file: str) -> None:
        room = file.removeprefix(f"{ROOT}/")
        if room.startswith(("agent/", "sync/")) and sql.split(None, 1)[0] in _PLANNED:
            plan = [row[3] for row in super().execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
            self.found += [f"{room}: {what}: {sql}" for what in read_whole(room, sql, plan)]


_PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


def read_whole(room: str, sql: str, plan: Sequence[str]) -> list[str]:
    """Return the steps of the plan that read a growing table whole without a known reason."""
    if room in READ_WHOLE or any(part in " ".join(sql.split()) for part in RIGHT_AS_THEY_ARE):
        return []
    tables = {alias: table for table, alias in _ALIAS.findall(sql)}
    steps = {
        step: next(filter(None, found.groups())) for step in plan if (found := _WHOLE.match(step))
    }
    return [step for step, name in steps.items() if tables.get(name, name) in GROWING]


@contextmanager
def every_statement_planned() -> Iterator[list[str]]:
    """Look at the statements of all connections that are opened meanwhile; yield what was found."""
    plain = sqlite.Connection
    sqlite.Connection = Planned  # type: ignore[misc]
    try:
        yield Planned.found
    finally:
        sqlite.Connection = plain  # type: ignore[misc]
