"""The floor of head office's ingest: PostgreSQL's own insert of the same rows, batch by batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Self, TypeAlias

import asyncpg

from tests.bench.events import Event


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table to insert into."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """Name and PostgreSQL type, in the order of the rows' values."""
    definition: str
    """What stands in the parentheses of CREATE TABLE."""

    @classmethod
    async def like(cls, connection: asyncpg.Connection, original: str) -> Self:
        """An empty twin of `original` in the same database, with its columns and indexes."""
        rows = await connection.fetch(_COLUMNS, original)
        return cls(
            name=f"floor_{original}",
            columns=tuple((row["attname"], row["type"]) for row in rows),
            definition=f"LIKE {original} INCLUDING ALL",
        )

    def create_sql(self) -> str:
        """Make the table anew, empty."""
        return f"DROP TABLE IF EXISTS {self.name}; CREATE TABLE {self.name} ({self.definition})"

    def insert_sql(self) -> str:
        """Insert a batch given as one array a column; rows that are there already stay."""
        names = ", ".join(name for name, _ in self.columns)
        arrays = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(self.columns, start=1))
        return (
            f"INSERT INTO {self.name} ({names}) SELECT * FROM unnest({arrays})"
            " ON CONFLICT DO NOTHING"
        )


_COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""

_AT = 1_800_000_000_000
_HASH = bytes(32)

EVENTS = Table(
    name="floor_event",
    columns=(
        ("store", "text"),
        ("epoch", "bigint"),
        ("seq", "bigint"),
        ("event_id", "uuid"),
        ("kind", "text"),
        ("business_date", "text"),
        ("occurred_at", "bigint"),
        ("received_at", "bigint"),
        ("duplicate", "boolean"),
        ("hash", "bytea"),
        ("line", "bytea"),
    ),
    definition="LIKE event INCLUDING ALL",
)
"""Head office's own table of events, in its database: what any receiver would have to fill."""

Row: TypeAlias = tuple[object, ...]
Batch: TypeAlias = Sequence[tuple[Table, Sequence[Row]]]
"""Rows by table that become durable together."""


def event_row(store: str, event: Event) -> Row:
    """An event as a row of EVENTS; what a real one says besides its line is made up."""
    said = 1, event.seq, event.event_id, "sale.recorded", "2027-01-15", _AT, _AT, False
    return store, *said, _HASH, bytes(event.body)


async def insert(dsn: str, batches: Sequence[Batch]) -> float:
    """Seconds that one connection takes to insert all batches into new tables, a commit each.

    Raises RuntimeError if a row of theirs is there twice.
    """
    prepared = [[(table.insert_sql(), columns(rows)) for table, rows in batch] for batch in batches]
    connection = await asyncpg.connect(dsn)
    try:
        for table in {table for batch in batches for table, _ in batch}:
            await connection.execute(table.create_sql())
        start, inserted = perf_counter(), 0
        for batch in prepared:
            async with connection.transaction():
                for statement, arrays in batch:
                    inserted += _rows_of(await connection.execute(statement, *arrays))
        seconds = perf_counter() - start
    finally:
        await connection.close()
    given = sum(len(rows) for batch in batches for _, rows in batch)
    if inserted != given:
        raise RuntimeError(f"{given} rows were given, {inserted} inserted")
    return seconds


def _rows_of(status: str) -> int:
    """The count in a command's status, such as `INSERT 0 500`."""
    return int(status.rpartition(" ")[2])


def columns(rows: Iterable[Row]) -> list[tuple[object, ...]]:
    """Rows turned into one array a column."""
    return list(zip(*rows, strict=True))
