"""The floor of head office's ingest: PostgreSQL's own insert of the same rows, batch by batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeAlias

import asyncpg

from tests.bench.events import Event


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table to insert into, made to mirror one of head office's."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """Name and PostgreSQL type, in the order of the rows' values."""
    primary_key: tuple[str, ...]

    def create_sql(self) -> str:
        """Make the table anew, empty."""
        columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in self.columns)
        key = ", ".join(self.primary_key)
        return (
            f"DROP TABLE IF EXISTS {self.name};"
            f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({key}))"
        )

    def insert_sql(self) -> str:
        """Insert a batch given as one array a column; rows that are there already stay."""
        names = ", ".join(name for name, _ in self.columns)
        arrays = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(self.columns, start=1))
        return (
            f"INSERT INTO {self.name} ({names}) SELECT * FROM unnest({arrays})"
            " ON CONFLICT DO NOTHING"
        )


EVENTS = Table(
    name="floor_event",
    columns=(("store", "text"), ("seq", "bigint"), ("event_id", "uuid"), ("body", "jsonb")),
    primary_key=("store", "seq"),
)
"""The least that head office has to keep of an event."""

Row: TypeAlias = tuple[object, ...]
Batch: TypeAlias = Sequence[tuple[Table, Sequence[Row]]]
"""Rows by table that become durable together."""


def event_row(store: str, event: Event) -> Row:
    """An event as a row of EVENTS."""
    return store, event.seq, event.event_id, bytes(event.body).decode()


async def insert(dsn: str, batches: Sequence[Batch]) -> float:
    """Seconds that one connection takes to insert all batches into new tables, a commit each."""
    prepared = [[(table.insert_sql(), columns(rows)) for table, rows in batch] for batch in batches]
    connection = await asyncpg.connect(dsn)
    try:
        for table in {table for batch in batches for table, _ in batch}:
            await connection.execute(table.create_sql())
        start = perf_counter()
        for batch in prepared:
            async with connection.transaction():
                for statement, arrays in batch:
                    await connection.execute(statement, *arrays)
        return perf_counter() - start
    finally:
        await connection.close()


def columns(rows: Iterable[Row]) -> list[tuple[object, ...]]:
    """Rows turned into one array a column."""
    return list(zip(*rows, strict=True))
