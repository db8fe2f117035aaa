"""What a disk may hold after the power went, given the calls made so far.

The model, stricter than ext4, XFS and Btrfs in their usual modes where they differ:

- A write or truncation is durable when an fsync or fdatasync of its file, started after it
  returned, has returned. Until then each sector of 512 bytes of each write is there or not,
  independently: writes are kept, dropped, torn and reordered at will, also during an fsync.
  Bytes of a sector outside the written range never change, as file systems do it and SQLite
  assumes (SQLITE_IOCAP_POWERSAFE_OVERWRITE).
- A file may have the size that an unsynced write gave it without the data: it reads as zeros.
- Making, removing and renaming a file are durable after an fsync of the directory. Until then they
  survive in the order in which they were made up to some point, as a journalling file system
  does it; an fsync of the file itself does not save its name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from tests.faults.powerloss.fates import FATES
from tests.faults.powerloss.steps import (
    DIRECTORY,
    Completed,
    Opened,
    Renamed,
    Step,
    SyncReturned,
    SyncStarted,
    Truncated,
    Unlinked,
    Written,
)

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""


@dataclass(kw_only=True, eq=False)
class _Change:
    """A change of one file."""

    step: Written | Truncated
    completed: bool = False


@dataclass(kw_only=True, eq=False)
class _File:
    durable: bytearray = field(default_factory=bytearray)
    unsynced: list[_Change] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class _Naming:
    """A change of the directory, atomic."""

    removed: str | None = None
    added: tuple[str, _File] | None = None


class Disk:
    """Follows a recording step by step; any number of crash images may be taken between steps."""

    def __init__(self, *, honest: bool = True) -> None:
        """A disk that is not honest reports each fsync of a file as done and does nothing."""
        self._honest = honest
        self._names: dict[str, _File] = {}
        self._durable_names: dict[str, _File] = {}
        self._unsynced_names: list[_Naming] = []
        self._covered: dict[int, tuple[_File, list[_Change]]] = {}
        self._covered_names: dict[int, list[_Naming]] = {}

    def apply(self, step: Step) -> None:
        """Takes the next step of the recording."""
        match step:
            case Written() | Truncated():
                self._names[step.name].unsynced.append(_Change(step=step))
            case Completed():
                for change in self._names[step.name].unsynced:
                    change.completed |= change.step.call == step.call
            case SyncStarted():
                self._start_sync(step)
            case SyncReturned():
                self._end_sync(step)
            case Opened() | Unlinked() | Renamed():
                self._name(step)

    def image(self, random: Random) -> dict[str, bytes]:
        """Content by name after a power loss now."""
        survived = random.choice((0, random.randint(0, len(self._unsynced_names)), None))
        names = dict(self._durable_names)
        for naming in self._unsynced_names[:survived]:
            _rename(names, naming)
        return {name: _content(file, random) for name, file in names.items()}

    def _start_sync(self, step: SyncStarted) -> None:
        if step.name == DIRECTORY:
            self._covered_names[step.call] = list(self._unsynced_names)
        else:
            file = self._names[step.name]
            completed = [change for change in file.unsynced if change.completed]
            self._covered[step.call] = (file, completed)

    def _end_sync(self, step: SyncReturned) -> None:
        if step.name == DIRECTORY:
            for naming in self._covered_names.pop(step.call):
                if naming in self._unsynced_names:
                    self._unsynced_names.remove(naming)
                    _rename(self._durable_names, naming)
        elif self._honest:
            file, covered = self._covered.pop(step.call)
            for change in covered:
                if change in file.unsynced:
                    file.unsynced.remove(change)
                    _change(file.durable, change.step)

    def _name(self, step: Opened | Unlinked | Renamed) -> None:
        match step:
            case Opened(name=name) if name in self._names:
                if step.truncate:
                    emptied = Truncated(call=step.call, name=name, size=0)
                    self._names[name].unsynced.append(_Change(step=emptied, completed=True))
                return
            case Opened(name=name):
                naming = _Naming(added=(name, _File()))
            case Unlinked(name=name):
                naming = _Naming(removed=name)
            case Renamed():
                file = self._names[step.source]
                naming = _Naming(removed=step.source, added=(step.target, file))
        _rename(self._names, naming)
        self._unsynced_names.append(naming)


def _rename(names: dict[str, _File], naming: _Naming) -> None:
    if naming.removed is not None:
        del names[naming.removed]
    if naming.added is not None:
        name, file = naming.added
        names[name] = file


def _content(file: _File, random: Random) -> bytes:
    pieces = list(_pieces(file.unsynced))
    fate = random.choice(FATES)
    kept = fate([change for change, _ in pieces], random)
    content = bytearray(file.durable)
    for (_, step), survives in zip(pieces, kept, strict=True):
        if survives:
            _change(content, step)
    if pieces and random.random() < 0.5:
        _grow(content, max(_end(step) for _, step in pieces))
    return bytes(content)


def _pieces(unsynced: list[_Change]) -> Iterator[tuple[int, Written | Truncated]]:
    """The changes with their positions, writes cut at the sectors of the file."""
    for position, change in enumerate(unsynced):
        step = change.step
        if isinstance(step, Truncated):
            yield position, step
            continue
        start, end = step.offset, _end(step)
        while start < end:
            stop = min(end, start - start % SECTOR + SECTOR)
            data = step.data[start - step.offset : stop - step.offset]
            yield position, Written(call=step.call, name=step.name, offset=start, data=data)
            start = stop


def _change(content: bytearray, step: Written | Truncated) -> None:
    if isinstance(step, Truncated):
        del content[step.size :]
        _grow(content, step.size)
    else:
        _grow(content, step.offset)
        content[step.offset : _end(step)] = step.data


def _grow(content: bytearray, size: int) -> None:
    content.extend(bytes(max(0, size - len(content))))


def _end(step: Written | Truncated) -> int:
    return step.size if isinstance(step, Truncated) else step.offset + len(step.data)
