"""Migrations: each once, whoever comes at the same time, whole or not at all."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from agent.base.clock import Millis
from sync.hq import migrations
from sync.hq.coupons.issue_runs import list_runs
from sync.hq.database import connect
from sync.hq.migrations import SchemaError, check_schema, known_migrations, migrate
from sync.hq.settings import DatabaseSection
from tests.lab.postgres import PostgresServer


@pytest.fixture
async def connections(database_dsn: str) -> AsyncIterator[list[asyncpg.Connection]]:
    """Three connections to an empty database."""
    opened = [await connect(DatabaseSection(dsn=database_dsn)) for _ in range(3)]
    yield opened
    for connection in opened:
        await connection.close()


async def test_processes_that_migrate_at_once_apply_each_migration_once(
    connections: list[asyncpg.Connection],
) -> None:
    applied = await asyncio.gather(*(migrate(connection) for connection in connections))

    assert sorted(applied, key=len) == [[], [], known_migrations()]
    await check_schema(connections[0])


async def test_a_migration_that_fails_leaves_nothing_and_is_tried_again(
    connections: list[asyncpg.Connection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_SCHEMA_DIR", tmp_path)
    (tmp_path / "001_good.sql").write_text("CREATE TABLE good (n int);")
    bad = tmp_path / "002_bad.sql"
    bad.write_text("CREATE TABLE half (n int); CREATE TABLE half (n int);")
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(connections[0])
    with pytest.raises(SchemaError, match=r"002_bad\.sql"):
        await check_schema(connections[0])

    bad.write_text("CREATE TABLE half (n int);")

    assert await migrate(connections[1]) == ["002_bad.sql"]


async def test_a_database_of_a_newer_version_is_left_alone(
    connections: list[asyncpg.Connection],
) -> None:
    await migrate(connections[0])
    await connections[0].execute("INSERT INTO schema_migration (name) VALUES ('999_future.sql')")

    for act in (migrate, check_schema):
        with pytest.raises(SchemaError, match=r"999_future\.sql"):
            await act(connections[0])


async def test_a_database_that_can_not_hold_chinese_is_refused_before_anything_is_made(
    connections: list[asyncpg.Connection], postgres_server: PostgresServer
) -> None:
    await connections[0].execute(
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
    )
    latin = await connect(DatabaseSection(dsn=postgres_server.dsn("latin")))
    try:
        with pytest.raises(SchemaError, match=r"LATIN1.*--encoding UTF8"):
            await migrate(latin)
        assert await latin.fetchval("SELECT to_regclass('schema_migration')") is None
    finally:
        await latin.close()
        await connections[0].execute("DROP DATABASE latin")


async def test_coupons_issued_before_runs_were_kept_are_in_the_run_of_their_issue(
    connections: list[asyncpg.Connection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [name for name in known_migrations() if name < "006"]
    directory = Path(migrations.__file__).with_name("schema")
    for name in before:
        shutil.copy(directory / name, tmp_path / name)
    db = connections[0]
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_SCHEMA_DIR", tmp_path)
        assert await migrate(db) == before
    for coupon, campaign, issued_at in (("a", 1, 5), ("b", 1, 5), ("c", 1, 6), ("d", 2, 5)):
        await db.execute(
            "INSERT INTO coupon (coupon_id, campaign, channel, not_before, expires, issued_at)"
            " VALUES ($1, $2, 1, 0, 100, $3)",
            coupon,
            campaign,
            issued_at,
        )

    await migrate(db)

    runs = await list_runs(db, now=Millis(50))
    assert [(run.campaign, run.issued_at, run.coupons, run.kid) for run in runs] == [
        (1, 6, 1, None),
        (2, 5, 1, None),
        (1, 5, 2, None),
    ]


def test_each_migration_has_a_number_of_its_own() -> None:
    numbers = [int(name.split("_")[0]) for name in known_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))
