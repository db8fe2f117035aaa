"""Which backups are kept."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.ops.backup.rotation import superseded

NIGHT = datetime(2026, 11, 30, 3, 10, tzinfo=UTC)
"""A Monday."""
instants = st.integers(0, 60 * 365).map(lambda day: NIGHT - timedelta(hours=9 * day))


def nights(count: int) -> list[datetime]:
    return [NIGHT - timedelta(days=n) for n in range(count)]


def test_the_newest_of_seven_days_and_of_five_weeks_are_kept() -> None:
    gone = set(superseded(nights(60), daily=7, weekly=5))
    kept = sorted((at for at in nights(60) if at not in gone), reverse=True)
    assert kept[:7] == nights(7)
    # Sundays; this week's is tonight's
    assert [(NIGHT - at).days for at in kept[7:]] == [
        8,
        15,
        22,
    ]


def test_of_one_day_only_the_newest_is_kept() -> None:
    noon = NIGHT + timedelta(hours=9)
    assert superseded([NIGHT, noon], daily=7, weekly=5) == [NIGHT]


def test_a_pc_that_was_off_for_months_keeps_what_it_has() -> None:
    old = [NIGHT - timedelta(days=200 + n) for n in range(3)]
    assert superseded([NIGHT, *old], daily=7, weekly=5) == []


@given(st.lists(instants, max_size=40), st.integers(1, 10), st.integers(0, 10))
def test_the_newest_is_always_kept_and_never_more_than_asked_for(
    taken: list[datetime], daily: int, weekly: int
) -> None:
    gone = superseded(taken, daily=daily, weekly=weekly)
    kept = set(taken) - set(gone)
    assert len(kept) <= daily + weekly
    assert not taken or max(taken) in kept
