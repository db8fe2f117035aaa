"""The journal: gapless, chained; whatever is changed in it is found."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.base.clock import Millis
from agent.domain.coupons.events import RedemptionReversed
from agent.domain.line.chain import GENESIS, ChainBrokenError, line_hash
from agent.domain.line.events import EventKind
from agent.store.line import journal, sync_state
from agent.store.line.journal import EventTooLargeError, NewEvent, Place
from agent.store.sqlite import Connection

STORE = "MB001"
EVENTS = 8
MINUTE = 60_000


def event(number: int, *, why: str = "退") -> NewEvent:
    body = RedemptionReversed(redemption_id=f"r{number}", coupon_id="c", why=why)
    return NewEvent(
        event_id=f"e{number}",
        kind=EventKind.REDEMPTION_REVERSED,
        body=body,
        occurred_at=Millis(number * MINUTE),
        business_date="2026-01-01",
        till="T1",
        cashier="C7",
    )


@pytest.fixture
def full(db: Connection) -> Connection:
    """A journal of EVENTS events, one a minute."""
    for number in range(1, EVENTS + 1):
        journal.append(db, STORE, event(number))
    return db


def acknowledge(db: Connection, seq: int, *, backup_through: int | None = None) -> None:
    place = Place(seq, journal.hash_at(db, seq) or b"")
    backup = seq if backup_through is None else backup_through
    sync_state.acknowledge(db, place, backup_through=backup, contact_at=Millis(0))


def lines(db: Connection, after: int = 0) -> list[bytes]:
    return list(journal.lines(db, STORE, after_seq=after, max_events=100))


def test_events_follow_each_other_from_the_origin(full: Connection) -> None:
    assert journal.verify(full, STORE) == EVENTS
    assert journal.tip(full).seq == EVENTS
    assert journal.hash_at(full, 0) == GENESIS
    assert journal.newest_at(full) == EVENTS * MINUTE
    hashes = [journal.hash_at(full, seq) for seq in range(1, EVENTS + 1)]
    assert hashes == [line_hash(line) for line in lines(full)]
    assert journal.tip(full).hash == hashes[-1]


def test_an_empty_journal_is_whole(db: Connection) -> None:
    assert journal.verify(db, STORE) == 0
    assert journal.tip(db) == Place(0, GENESIS)
    assert journal.newest_at(db) == 0
    assert journal.hash_at(db, 1) is None
    assert lines(db) == []


def test_lines_are_read_from_any_place(full: Connection) -> None:
    assert lines(full, after=3) == lines(full)[3:]
    assert list(journal.lines(full, STORE, after_seq=3, max_events=2)) == lines(full)[3:5]
    assert lines(full, after=EVENTS) == []


def test_an_event_beyond_the_largest_is_refused(full: Connection) -> None:
    before = lines(full)
    with pytest.raises(EventTooLargeError, match=str(journal.MAX_EVENT_BYTES)):
        journal.append(full, STORE, event(99, why="x" * journal.MAX_EVENT_BYTES))
    assert lines(full) == before


@pytest.mark.parametrize(
    ("acked", "backup", "through", "kept_from"),
    [
        (6, 6, 100, 7),
        (6, 4, 100, 5),
        (3, 6, 100, 4),
        (6, 6, 2, 3),
        (6, 6, 0, 1),
        (0, 0, 100, 1),
        (8, 8, 100, 9),
    ],
)
def test_only_what_is_old_acknowledged_and_backed_up_is_deleted(
    full: Connection, acked: int, backup: int, through: int, kept_from: int
) -> None:
    tip = journal.tip(full)
    acknowledge(full, acked, backup_through=backup)
    deleted = journal.prune(full, through=through, limit=100)
    assert deleted == journal.pruned_through(full) == kept_from - 1
    assert journal.verify(full, STORE) == EVENTS - deleted
    assert journal.tip(full) == tip
    assert journal.hash_at(full, deleted) is not None
    assert journal.append(full, STORE, event(99)).seq == EVENTS + 1
    assert journal.verify(full, STORE) == EVENTS - deleted + 1


def test_deleting_goes_in_steps(full: Connection) -> None:
    acknowledge(full, EVENTS)
    steps = []
    while step := journal.prune(full, through=100, limit=3):
        steps.append(step)
    assert steps == [3, 3, 2]
    assert journal.hash_at(full, 1) is None


def test_verifying_begins_anywhere(full: Connection) -> None:
    place = Place(5, journal.hash_at(full, 5) or b"")
    assert journal.verify(full, STORE, after=place) == EVENTS - 5
    full.execute("UPDATE journal SET till = 'T2' WHERE seq = 3")
    assert journal.verify(full, STORE, after=place) == EVENTS - 5
    with pytest.raises(ChainBrokenError, match="seq 3: its content"):
        journal.verify(full, STORE)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "seq": st.integers(-(2**63), 2**63 - 1),
    "event_id": TEXT,
    "kind": TEXT,
    "body": st.binary(max_size=80),
    "occurred_at": st.integers(-(2**63), 2**63 - 1),
    "business_date": TEXT,
    "till": TEXT,
    "cashier": TEXT,
    "prev_hash": st.binary(max_size=40),
    "hash": st.binary(max_size=40),
}


def test_every_column_is_tampered_with_below(db: Connection) -> None:
    columns = {row[1] for row in db.execute("PRAGMA table_info(journal)")}
    assert columns == COLUMNS.keys()


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), seq=st.integers(1, EVENTS), column=st.sampled_from(sorted(COLUMNS)))
def test_a_change_of_any_column_of_any_event_is_found(
    full: Connection, data: st.DataObject, seq: int, column: str
) -> None:
    value = data.draw(COLUMNS[column])
    full.execute("BEGIN")
    try:
        changed = full.execute(
            f"UPDATE OR IGNORE journal SET {column} = ? WHERE seq = ? AND {column} IS NOT ?",
            (value, seq, value),
        ).rowcount
        if changed:
            with pytest.raises(ChainBrokenError):
                journal.verify(full, STORE)
    finally:
        full.execute("ROLLBACK")
    assert journal.verify(full, STORE) == EVENTS


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM journal WHERE seq = 1",
        "DELETE FROM journal WHERE seq = 4",
        "UPDATE journal SET seq = 100 WHERE seq = 8",
        "UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 5) WHERE seq = 4",
        "UPDATE journal SET body = CAST(body || ' ' AS BLOB) WHERE seq = 4",
        "UPDATE journal SET cashier = CAST(x'ff' AS TEXT) WHERE seq = 4",
        "UPDATE journal SET seq = 0 WHERE seq = 8",
        "UPDATE journal SET seq = -5 WHERE seq = 8",
        "UPDATE sync_state SET store = 'MB002'",
        "UPDATE sync_state SET pruned_seq = 3",
        "UPDATE sync_state SET pruned_hash = x'00'",
    ],
)
def test_tampering_by_hand_is_found(full: Connection, tampering: str) -> None:
    full.execute(tampering)
    with pytest.raises(ChainBrokenError):
        journal.verify(full, sync_state.get(full).store)


@pytest.mark.parametrize("seq", [4, 8])
def test_an_end_before_what_head_office_has_is_found(full: Connection, seq: int) -> None:
    acknowledge(full, seq)
    assert journal.verify(full, STORE) == EVENTS
    full.execute("DELETE FROM journal WHERE seq >= ?", (seq,))
    with pytest.raises(ChainBrokenError, match=f"seq {seq}: it is not the event that head office"):
        journal.verify(full, STORE)


def test_a_journal_written_anew_is_not_what_head_office_has(full: Connection) -> None:
    acknowledge(full, 6)
    full.execute("DELETE FROM journal")
    for number in range(1, EVENTS + 1):
        journal.append(full, STORE, event(number, why="nothing happened"))
    with pytest.raises(ChainBrokenError, match="seq 6: it is not the event that head office"):
        journal.verify(full, STORE)
