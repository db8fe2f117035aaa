"""The target: a directory of another disk or share, and the backups that lie there."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.ops.backup.errors import (
    NoSuchBackupError,
    TargetFullError,
    TargetMissingError,
    TargetNotMountedError,
    TargetNotWritableError,
)
from agent.ops.backup.rotation import FIRST, Turn, superseded, turn_after

SUFFIX = ".tar.gz.age"
NOTE_SUFFIX = ".json"
PARTIAL_SUFFIX = ".partial"
_STAMP = "%Y%m%dT%H%M%SZ"
_UNKNOWN = Turn(0, 0)


class Note(Struct, frozen=True, kw_only=True):
    """What lies beside a backup, for everybody to read: nothing of a sale or a person."""

    store: str
    number: int
    """One more than that of the backup made before it: the greatest is the newest, whatever the
    clock said."""
    day: int
    """Days with a backup until then, by which old ones are deleted."""
    version: str
    """Of the agent that made it."""
    taken_at: Millis
    size_bytes: int
    sha256: str
    """Of the encrypted file."""
    database_bytes: int
    seq: int
    """The newest event in it."""
    hash: str
    epoch: int
    acked_seq: int
    recipients: tuple[str, ...]


class Kept(NamedTuple):
    """A backup in the target."""

    file: Path
    taken: datetime
    note: Note | None
    """None: it is gone or can't be read."""

    @property
    def turn(self) -> Turn | None:
        """Its place among the others; None where no note tells."""
        return Turn(self.note.number, self.note.day) if self.note else None


class Target:
    """A directory that takes the backups of a store."""

    def __init__(self, directory: Path, *, store: str) -> None:
        self.directory = directory
        self._store = store

    def check(self, state_dir: Path, *, must_be_mounted: bool, needed: int) -> None:
        """Raise the BackupError that stands in the way of another backup of `needed` bytes."""
        directory = self.directory
        if not directory.is_dir():
            raise TargetMissingError(directory)
        if must_be_mounted:
            self._check_mounted(state_dir)
        self._check_writable()
        free = free_bytes(directory)
        if free < needed:
            raise TargetFullError(directory, needed, free)

    def kept(self) -> list[Kept]:
        """Return this store's backups in the order in which they were made, before them those whose
        note is gone; TargetMissingError."""
        if not self.directory.is_dir():
            raise TargetMissingError(self.directory)
        return sorted(self._found(), key=lambda kept: (kept.turn or _UNKNOWN, kept.taken))

    def find(self, name: str) -> Kept:
        """Return the backup called `name`, or the newest for `latest`; NoSuchBackupError."""
        kept = self.kept()
        found = kept[-1:] if name == "latest" else [one for one in kept if one.file.name == name]
        if not found:
            raise NoSuchBackupError(
                f"there is no backup {name!r} of store {self._store} in {self.directory}; "
                "`store-agent backup list` shows those that are"
            )
        return found[0]

    def moment_for(self, taken: datetime) -> datetime:
        """Return `taken`, or the first second after it that no backup bears."""
        while self.file_for(taken).exists():  # the clock was set back
            taken += timedelta(seconds=1)
        return taken

    def turn_for(self, taken: datetime) -> Turn:
        """Return the turn of the next backup, taken at `taken`."""
        noted = [kept for kept in self.kept() if kept.turn]
        if not noted or noted[-1].turn is None:
            return FIRST
        return turn_after(noted[-1].turn, last_date=noted[-1].taken.date(), date=taken.date())

    def file_for(self, taken: datetime) -> Path:
        """Return where a backup that was taken at `taken` belongs."""
        return self.directory / f"{self._store}-{taken.strftime(_STAMP)}{SUFFIX}"

    def rotate(self, *, daily: int, weekly: int) -> list[Path]:
        """Delete what is superseded, nothing without a note; return what was deleted. OSError."""
        by_turn = {kept.turn: kept.file for kept in self.kept() if kept.turn}
        gone = [by_turn[turn] for turn in superseded(by_turn, daily=daily, weekly=weekly)]
        for file in gone:
            file.unlink()
            note_of(file).unlink(missing_ok=True)
        return gone

    def _found(self) -> Iterator[Kept]:
        for file in self.directory.glob(f"{self._store}-*{SUFFIX}"):
            stamp = file.name.removeprefix(f"{self._store}-").removesuffix(SUFFIX)
            with suppress(ValueError):
                taken = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
                yield Kept(file, taken, read_note(file))

    def _check_mounted(self, state_dir: Path) -> None:
        if self.directory.stat().st_dev == state_dir.stat().st_dev:
            raise TargetNotMountedError(self.directory, "is on the disk of the journal itself")
        if mount_point(self.directory) == Path("/"):
            raise TargetNotMountedError(self.directory, "is on the system's own disk")

    def _check_writable(self) -> None:
        probe = self.directory / f".{self._store}{PARTIAL_SUFFIX}"
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise TargetNotWritableError(self.directory, error) from error


def note_of(file: Path) -> Path:
    """Return where the note of the backup `file` is."""
    return file.with_name(file.name.removesuffix(SUFFIX) + NOTE_SUFFIX)


def read_note(file: Path) -> Note | None:
    """Return the note beside the backup `file`, None when it is gone or can't be read."""
    try:
        return msgspec.json.decode(note_of(file).read_bytes(), type=Note)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def mount_point(place: Path) -> Path:
    """Return the mount point that `place` is on."""
    place = place.resolve()
    while not place.is_mount():
        place = place.parent
    return place


def free_bytes(directory: Path) -> int:
    """Return the room that is left for others than root."""
    stat = os.statvfs(directory)
    return stat.f_bavail * stat.f_frsize
