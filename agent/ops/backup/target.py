"""The target: a directory of another disk or share, and the backups that lie there."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
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
from agent.ops.backup.rotation import superseded

SUFFIX = ".tar.gz.age"
NOTE_SUFFIX = ".json"
PARTIAL_SUFFIX = ".partial"
_STAMP = "%Y%m%dT%H%M%SZ"


class Note(Struct, frozen=True, kw_only=True):
    """What lies beside a backup, for everybody to read: nothing of a sale or a person."""

    store: str
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
        """Return this store's backups, oldest first; TargetMissingError."""
        if not self.directory.is_dir():
            raise TargetMissingError(self.directory)
        return sorted(self._found(), key=lambda kept: kept.taken)

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

    def file_for(self, taken: datetime) -> Path:
        """Return where a backup that was taken at `taken` belongs."""
        return self.directory / f"{self._store}-{taken.strftime(_STAMP)}{SUFFIX}"

    def rotate(self, *, daily: int, weekly: int) -> list[Path]:
        """Delete what is superseded; return what was deleted. OSError."""
        by_time = {kept.taken: kept for kept in self.kept()}
        gone = [by_time[at].file for at in superseded(by_time, daily=daily, weekly=weekly)]
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
