"""Which backups are kept, whatever the PC's clock says."""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import Millis
from agent.ops.backup.rotation import FIRST, Turn, superseded, turn_after
from agent.ops.backup.target import Note, Target, note_of

NIGHT = datetime(2026, 11, 30, 3, 10, tzinfo=UTC)
turns = st.builds(Turn, st.integers(1, 400), st.integers(1, 60))


def nights(count: int) -> list[Turn]:
    return [Turn(n, n) for n in range(1, count + 1)]


def made_on(dates: Sequence[date]) -> list[Turn]:
    """The turns of backups that were made one after the other on these dates."""
    made = [FIRST]
    for last, this in pairwise(dates):
        made.append(turn_after(made[-1], last_date=last, date=this))
    return made


def test_the_newest_of_seven_days_and_of_five_weeks_are_kept() -> None:
    gone = superseded(nights(60), daily=7, weekly=5)
    kept = [turn.day for turn in nights(60) if turn not in gone]
    assert kept == [34, 41, 48, 54, 55, 56, 57, 58, 59, 60]


def test_of_one_day_only_the_newest_is_kept() -> None:
    first, second = made_on([NIGHT.date(), NIGHT.date()])
    assert superseded([first, second], daily=7, weekly=5) == [first]


def test_a_pc_that_was_off_for_months_keeps_what_it_has() -> None:
    dates = [NIGHT.date() + timedelta(days=n) for n in (0, 1, 2, 200)]
    assert superseded(made_on(dates), daily=7, weekly=5) == []


@given(st.sets(turns, max_size=40), st.integers(1, 10), st.integers(0, 10))
def test_the_newest_is_always_kept_and_never_more_than_asked_for(
    taken: set[Turn], daily: int, weekly: int
) -> None:
    kept = taken - set(superseded(taken, daily=daily, weekly=weekly))
    assert len(kept) <= daily + weekly
    assert not taken or max(taken) in kept


@given(st.lists(st.dates(date(2000, 1, 1), date(2060, 1, 1)), min_size=1, max_size=40))
def test_whatever_the_clock_shows_a_night_takes_the_place_of_one_night_at_most(
    dates: list[date],
) -> None:
    made = made_on(dates)
    assert [turn.number for turn in made] == list(range(1, len(dates) + 1))
    kept = set(made) - set(superseded(made, daily=7, weekly=0))
    assert len(kept) == min(7, len({turn.day for turn in made}))
    assert all(later.day - turn.day <= 1 for turn, later in pairwise(made))


def put(target: Target, taken: datetime) -> Path:
    """Put a backup there as one is made, but for what is in it."""
    taken = target.moment_for(taken)
    file, turn = target.file_for(taken), target.turn_for(taken)
    note = Note(
        store="MB001",
        number=turn.number,
        day=turn.day,
        version="1",
        taken_at=Millis(0),
        size_bytes=0,
        sha256="",
        database_bytes=0,
        seq=0,
        hash="",
        epoch=0,
        acked_seq=0,
        recipients=(),
    )
    file.touch()
    note_of(file).write_bytes(msgspec.json.encode(note))
    target.rotate(daily=7, weekly=5)
    return file


def test_with_a_clock_that_was_ahead_or_starts_years_ago_the_newest_backup_stays_the_newest(
    tmp_path: Path,
) -> None:
    target = Target(tmp_path, store="MB001")
    ahead = [put(target, NIGHT + timedelta(days=365 + n)) for n in range(14)]
    right = [put(target, NIGHT + timedelta(days=n)) for n in range(3)]
    assert target.find("latest").file == right[-1]
    flat = [put(target, datetime(2015, 1, 1, tzinfo=UTC)) for _ in range(3)]
    assert target.find("latest").file == flat[-1]
    assert [kept.file for kept in target.kept()][-5:] == [ahead[-1], *right, flat[-1]]


def test_a_backup_whose_note_is_gone_is_never_deleted(tmp_path: Path) -> None:
    target = Target(tmp_path, store="MB001")
    first = put(target, NIGHT)
    os.unlink(note_of(first))
    for n in range(1, 60):
        put(target, NIGHT + timedelta(days=n))
    assert target.kept()[0].file == first
