"""The schema is made once, and whole: a crash in between leaves nothing half-made."""

import os
from pathlib import Path

from agent.store.migrations import SET_NAME, migrate
from agent.store.sqlite import connect

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
    assert not [sql for sql in again if not sql.startswith("SELECT")]
    assert schema_of(file) == before
    db = connect(str(file))
    rows = db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (SET_NAME,))
    assert sorted(name for (name,) in rows) == sorted(path.stem for path in SCHEMA.glob("*.sql"))
    db.close()


def test_a_crash_at_any_statement_leaves_all_or_nothing(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    statements = migrated(whole)
    expected = schema_of(whole)
    assert len(statements) > 20
    for last in range(len(statements)):
        file = tmp_path / f"crash-{last}.db"
        _migrate_and_die(file, after=last)
        found = dict(schema_of(file))
        assert "journal" not in found or found == dict(expected)
        migrated(file)
        assert schema_of(file) == expected


def _migrate_and_die(file: Path, *, after: int) -> None:
    """Migrate in a process of its own that ends, without a word, before its next statement."""
    child = os.fork()
    if child == 0:
        seen = 0

        def trace(_: str) -> None:
            nonlocal seen
            if seen == after:
                os._exit(0)
            seen += 1

        db = connect(str(file))
        db.set_trace_callback(trace)
        migrate(db)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


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
