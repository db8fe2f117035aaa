"""A journal that was changed, is another store's, or no database at all, is told as such."""

from contextlib import closing
from pathlib import Path

import pytest

from agent.domain.finding import Result
from agent.ops.doctor.checks import journal as check
from agent.ops.doctor.checks.journal import JOURNAL
from agent.state_dir import DATABASE_FILE
from agent.store.line import journal, sync_state
from agent.store.migrations import migrate
from agent.store.sqlite import connect
from tests.ops.doctor.place import STORE, findings_of, ground_of, settings_of
from tests.store.line.test_journal import event

EVENTS = 6


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A store's database with EVENTS events."""
    file = tmp_path / DATABASE_FILE
    with closing(connect(str(file))) as db:
        db.execute("PRAGMA journal_mode=WAL")
        migrate(db)
        sync_state.found(db, store=STORE, install_id="i1")
        for number in range(1, EVENTS + 1):
            journal.append(db, STORE, event(number))
    return file


def test_a_whole_journal_is_good_and_no_file_is_left_behind(database: Path) -> None:
    before = {*database.parent.iterdir()}
    found = findings_of(JOURNAL, ground_of(settings_of(database.parent)))
    assert found["journal_whole"].seen.startswith(f"newest {EVENTS} events checked")
    assert {*database.parent.iterdir()} - before <= {
        database.with_name(f"{DATABASE_FILE}-{end}") for end in ("wal", "shm")
    }


def test_a_changed_event_is_found(database: Path) -> None:
    with closing(connect(str(database))) as db:
        db.execute("DROP TRIGGER IF EXISTS journal_is_append_only")
        db.execute("UPDATE journal SET cashier = 'C8' WHERE seq = 3")
    found = findings_of(JOURNAL, ground_of(settings_of(database.parent)))
    assert found["journal_broken"].result is Result.BAD
    assert "3" in found["journal_broken"].seen


def test_only_the_newest_events_are_checked(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "NEWEST", 2)
    found = findings_of(JOURNAL, ground_of(settings_of(database.parent)))
    assert found["journal_whole"].seen.startswith("newest 2 events checked")


def test_a_damaged_file_is_evidence(database: Path) -> None:
    database.write_bytes(b"\0" * 8_192)
    found = findings_of(JOURNAL, ground_of(settings_of(database.parent)))
    assert found["journal_broken"].result is Result.BAD
    assert found["journal_broken"].mends[-1].command == "systemctl restart store-agent"


def test_another_stores_journal_is_told(database: Path) -> None:
    settings = settings_of(database.parent, store={"code": "MB002"})
    assert findings_of(JOURNAL, ground_of(settings))["other_store"].result is Result.BAD


def test_no_journal_is_no_broken_one(tmp_path: Path) -> None:
    found = findings_of(JOURNAL, ground_of(settings_of(tmp_path)))
    assert found["no_journal"].result is Result.UNKNOWN
