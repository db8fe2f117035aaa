"""Which backups are kept: the newest of each of some days, and of each of some weeks. Pure.

Backups are ordered by the number that each got, and their days are counted from one to the next:
another date is another day, whichever date it is. So a clock that is a year ahead, or begins years
ago after each start, makes no backup look old, nor takes the place of all others.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import NamedTuple

WEEK_DAYS = 7


class Turn(NamedTuple):
    """A backup's place among those of its directory."""

    number: int
    """One more than that of the backup made before it."""
    day: int
    """Days with a backup that were counted until it was made."""


FIRST = Turn(1, 1)


def turn_after(last: Turn, *, last_date: date, date: date) -> Turn:
    """Return the turn of the backup that is made on `date` after `last`, made on `last_date`."""
    return Turn(last.number + 1, last.day + (date != last_date))


def superseded(turns: Iterable[Turn], *, daily: int, weekly: int) -> Sequence[Turn]:
    """Return those that need not be kept, oldest first.

    Days and weeks without a backup don't count, so that a PC that was off for a month keeps what it
    has. The newest one is always kept.
    """
    newest_first = sorted(set(turns), reverse=True)
    kept = _newest_of_each(newest_first, lambda turn: turn.day, daily)
    kept |= _newest_of_each(newest_first, lambda turn: turn.day // WEEK_DAYS, weekly)
    return [turn for turn in reversed(newest_first) if turn not in kept]


def _newest_of_each(
    newest_first: Sequence[Turn], period: Callable[[Turn], int], count: int
) -> set[Turn]:
    found: dict[int, Turn] = {}
    for turn in newest_first:
        if period(turn) not in found and len(found) == count:
            break
        found.setdefault(period(turn), turn)
    return set(found.values())
