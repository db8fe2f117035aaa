"""A journal in a damaged file: each event that proves itself is read, and the others are named."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from agent.base.clock import Millis
from agent.store.line import journal, sync_state
from agent.store.line.journal import Place, Written
from agent.store.line.old_journal import OldEvent, OldJournal, Stretch
from agent.store.migrations import migrate
from agent.store.sqlite import connect

STORE = "MB001"
EVENTS = 600
PAGE = 4_096


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A closed database with a journal of many pages."""
    file = tmp_path / "old.db"
    with closing(connect(str(file))) as db:
        migrate(db)
        sync_state.found(db, store=STORE, install_id="i1")
        db.execute("BEGIN")
        for number in range(1, EVENTS + 1):
            journal.append_written(db, STORE, _event(number))
        db.execute("COMMIT")
    return file


def _event(number: int) -> Written:
    return Written(
        event_id=f"00000000-0000-7000-8000-{number:012x}",
        kind="drawer.opened",
        body=b'{"why":"%s"}' % (b"x" * 500),
        occurred_at=Millis(number),
        business_date="2026-11-30",
        till="T1",
        cashier="C7",
    )


def _read(file: Path) -> tuple[list[OldEvent], OldJournal]:
    with closing(connect(str(file), read_only=True)) as db:
        source = OldJournal(db)
        return list(source.events(STORE)), source


def _seqs(events: list[OldEvent]) -> list[int]:
    return [event.seq for event in events]


def test_of_a_whole_file_all_that_was_not_acknowledged_is_read(old: Path) -> None:
    with closing(connect(str(old))) as db:
        place = Place(100, journal.hash_at(db, 100) or b"")
        sync_state.acknowledge(db, place, backup_through=0, contact_at=Millis(1))
    events, source = _read(old)
    assert _seqs(events) == list(range(101, EVENTS + 1))
    assert source.lost == []
    assert all(event.follows for event in events[1:])


def test_what_lies_on_damaged_pages_is_named_and_the_rest_is_read(old: Path) -> None:
    pages = _journal_pages(old)
    with old.open("r+b") as out:
        for page in (pages[3], pages[10]):
            out.seek(page * PAGE)
            out.write(os.urandom(PAGE))
    events, source = _read(old)
    lost = {seq for gap in source.lost for seq in range(gap.first, gap.last + 1)}
    assert 2 <= len(lost) <= 20
    assert sorted([*_seqs(events), *lost]) == list(range(1, EVENTS + 1))


def test_an_event_whose_bytes_were_changed_is_lost_alone(old: Path) -> None:
    with closing(connect(str(old))) as db:
        db.execute("UPDATE journal SET till = 'T2' WHERE seq IN (7, 8)")
        db.execute("DELETE FROM journal WHERE seq = 20")
    events, source = _read(old)
    assert len(events) == EVENTS - 3
    assert source.lost == [Stretch(7, 8), Stretch(20, 20)]


def test_a_file_that_is_cut_off_gives_what_is_before(old: Path) -> None:
    with closing(connect(str(old))) as db:
        db.execute("PRAGMA user_version = 1")
    pages = _journal_pages(old)
    os.truncate(old, (pages[len(pages) // 2]) * PAGE)
    events, source = _read(old)
    assert _seqs(events) == sorted(_seqs(events))
    assert len(events) + sum(gap.last - gap.first + 1 for gap in source.lost) in (0, EVENTS)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 1_000])
def test_what_is_no_database_gives_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "old.db"
    file.write_bytes(content)
    events, source = _read(file)
    assert (events, source.acked_seq) == ([], 0)


def _journal_pages(file: Path) -> list[int]:
    """Leaf pages of the journal, from 0: they hold the events' bodies."""
    data = file.read_bytes()
    leaf = 0x0D
    return [
        number
        for number in range(1, len(data) // PAGE)
        if data[number * PAGE] == leaf and b"x" * 400 in data[number * PAGE : (number + 1) * PAGE]
    ]
