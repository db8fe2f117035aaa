"""Which of the unsynced pieces of a file reach the disk before the power goes."""

from collections.abc import Callable, Sequence
from random import Random

Fate = Callable[[Sequence[int], Random], list[bool]]
"""Decides for each piece whether it is kept, given the position of the change it belongs to."""


def nothing(pieces: Sequence[int], random: Random) -> list[bool]:
    """The disk had not begun."""
    return [False] * len(pieces)


def everything(pieces: Sequence[int], random: Random) -> list[bool]:
    """The disk was just done."""
    return [True] * len(pieces)


def in_order(pieces: Sequence[int], random: Random) -> list[bool]:
    """Written in order, cut off anywhere: mostly inside a write."""
    cut = random.randint(0, len(pieces))
    return [position < cut for position in range(len(pieces))]


def some_writes(pieces: Sequence[int], random: Random) -> list[bool]:
    """Whole writes in any order."""
    kept = {change: random.random() < 0.5 for change in sorted(set(pieces))}
    return [kept[change] for change in pieces]


def some_sectors(pieces: Sequence[int], random: Random) -> list[bool]:
    """Sectors in any order."""
    return [random.random() < 0.5 for _ in pieces]


def all_but_one(pieces: Sequence[int], random: Random) -> list[bool]:
    """One sector was still missing."""
    kept = [True] * len(pieces)
    if pieces:
        kept[random.randrange(len(pieces))] = False
    return kept


FATES: tuple[Fate, ...] = (
    nothing,
    everything,
    in_order,
    some_writes,
    some_sectors,
    all_but_one,
)
