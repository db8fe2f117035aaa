"""Which backups are kept: the newest of each of some days, and of each of some weeks. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime


def superseded(taken: Iterable[datetime], *, daily: int, weekly: int) -> Sequence[datetime]:
    """Return those that need not be kept, oldest first.

    Days and weeks without a backup don't count, so that a PC that was off for a month keeps what it
    has. The newest one is always kept.
    """
    newest_first = sorted(set(taken), reverse=True)
    kept = _newest_of_each(newest_first, lambda at: at.date(), daily)
    kept |= _newest_of_each(newest_first, lambda at: at.isocalendar()[:2], weekly)
    return [at for at in reversed(newest_first) if at not in kept]


def _newest_of_each(
    newest_first: Sequence[datetime], period: Callable[[datetime], object], count: int
) -> set[datetime]:
    found: dict[object, datetime] = {}
    for at in newest_first:
        if period(at) not in found and len(found) == count:
            break
        found.setdefault(period(at), at)
    return set(found.values())
