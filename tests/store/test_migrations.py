"""The schema is made once, and whole: a crash in between leaves nothing half-made."""

from pathlib import Path

import pytest

from agent.store.errors import NewerDatabaseError
from agent.store.migrations import (
    ONLY_ADDS,
    SET_NAME,
    floor_of,
    known_schema,
    migrate,
    readable_from,
)
from agent.store.sqlite import connect
from tests.lab import in_memory

SCHEMA = Path(__file__).parents[2] / "agent" / "store" / "schema"


def schema_of(file: Path) -> list[tuple[str, str]]:
    db = connect(str(file), read_only=True)
    rows = db.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
    try:
        return sorted(rows.fetchall())
    finally:
        db.close()


def migrated(file: Path) -> list[str]:
    """Migrate `file`; return the statements that this took."""
    statements: list[str] = []
    db = connect(str(file))
    db.set_trace_callback(statements.append)
    migrate(db)
    db.close()
    return statements


def test_each_script_runs_once(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    migrated(file)
    before = schema_of(file)
    again = migrated(file)
    assert not [sql for sql in again if not sql.startswith(("SELECT", "PRAGMA"))]
    assert schema_of(file) == before
    db = connect(str(file))
    rows = db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (SET_NAME,))
    assert sorted(name for (name,) in rows) == sorted(path.stem for path in SCHEMA.glob("*.sql"))
    db.close()


def test_a_crash_at_any_statement_leaves_all_or_nothing() -> None:
    with in_memory.room() as room:
        whole = room / "whole.db"
        left, statements = _left_at_each_statement(whole)
        expected = schema_of(whole)
        assert statements > 20
        assert len(left) > 1
        for number, (content, log) in enumerate(left):
            file = room / f"crash-{number}.db"
            file.write_bytes(content)
            file.with_name(f"{file.name}-wal").write_bytes(log)
            found = dict(schema_of(file))
            assert "journal" not in found or found == dict(expected)
            migrated(file)
            assert schema_of(file) == expected


def test_the_database_says_from_which_schema_on_it_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    migrated(file)
    db = connect(str(file))
    assert readable_from(db) == known_schema()[1] > 0
    db.close()


def test_scripts_that_only_add_leave_the_database_to_older_versions() -> None:
    scripts = {"001_first": "CREATE TABLE a (n)", "002_more": f"{ONLY_ADDS}\nCREATE TABLE b (n)"}
    assert floor_of(scripts) == 1
    assert floor_of(scripts | {"003_other": "DROP TABLE a"}) == 3


@pytest.mark.parametrize("ahead", [0, 1])
def test_an_older_version_works_with_what_only_grew_and_refuses_the_rest(
    tmp_path: Path, ahead: int
) -> None:
    file = tmp_path / "store.db"
    migrated(file)
    newest = known_schema()[0]
    db = connect(str(file))
    db.execute("CREATE TABLE novelty (n)")
    db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
        (SET_NAME, f"{newest + 1:03}_novelty", "2027-01-01"),
    )
    db.execute(f"PRAGMA user_version = {newest + ahead}")
    if ahead:
        with pytest.raises(NewerDatabaseError, match="install the newer version again"):
            migrate(db)
    else:
        migrate(db)
    assert readable_from(db) == newest + ahead
    db.close()


def _left_at_each_statement(file: Path) -> tuple[list[tuple[bytes, bytes]], int]:
    """Migrate; return what the files held before any of the statements, once each, and how many
    statements there were. A process that ends leaves its files so."""
    left: dict[tuple[bytes, bytes], None] = {}
    statements = 0

    def look(_: str) -> None:
        nonlocal statements
        statements += 1
        left[_content(file)] = None

    db = connect(str(file))
    db.set_trace_callback(look)
    migrate(db)
    left[_content(file)] = None
    db.close()
    return list(left), statements


def _content(file: Path) -> tuple[bytes, bytes]:
    """The database and its log."""
    log = file.with_name(f"{file.name}-wal")
    return file.read_bytes(), log.read_bytes() if log.exists() else b""


def test_what_was_parked_before_is_kept_once_and_told_anew(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    migrated(file)
    db = connect(str(file))
    db.execute("DELETE FROM _sqlite_migrations WHERE name = '003_parked_changes'")
    db.execute("DROP TABLE ahead_change")
    db.execute("DROP INDEX parked_change_thing")
    db.execute("ALTER TABLE sync_state DROP COLUMN hq_version")
    db.execute(
        "INSERT INTO sync_state (only, store, install_id, acked_hash, pruned_hash, cursor) "
        "VALUES (1, 'MB001', 'i', x'00', x'00', 'c9')"
    )
    for body in (b"1", b"2"):
        db.execute("INSERT INTO parked_change VALUES (NULL, 'campaign', '5', ?, 'w', 1)", (body,))
    db.close()
    migrated(file)
    db = connect(str(file))
    assert db.execute("SELECT body FROM parked_change").fetchall() == [(b"2",)]
    assert db.execute("SELECT cursor FROM sync_state").fetchone() == ("",)
    db.close()
