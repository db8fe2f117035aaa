"""Quarantine: databases that were found damaged, or replaced by a backup, are evidence.

Their files are moved aside as they are, with WAL and shared memory, a directory each; never
overwritten, never deleted by the agent. docs/store-it/backup.md
"""

import os
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.state_dir import ANCHOR_FILE, DATABASE_FILE, QUARANTINE_DIR
from agent.store.secret_file import make_secret

DATABASE_FILES = tuple(DATABASE_FILE + end for end in ("", "-wal", "-shm", "-journal"))
NOTE_FILE = "why.json"
RECOVERED_FILE = "recovered.json"
SPARE_BYTES = 64 << 20
"""Left free on the disk by a copy, for what is sold meanwhile."""


class Quarantined(Struct, frozen=True, kw_only=True):
    """A database that was set aside."""

    directory: str
    at: Millis
    """By this PC's clock."""
    why: str
    recovered: bool = False
    """Whether its events were brought in (store-agent recover)."""


def set_aside(state_dir: Path, *, why: str, also: Sequence[str] = ()) -> Path | None:
    """Move the database's files, and those named in `also`, into a directory of their own.

    Return it; None when there is nothing to move. OSError; what was moved by then stays moved.
    """
    names = [
        name for name in dict.fromkeys((*DATABASE_FILES, *also)) if _is_there(state_dir / name)
    ]
    if not names:
        return None
    place = _new_place(state_dir / QUARANTINE_DIR)
    note = Quarantined(directory=str(place), at=Millis(time.time_ns() // 1_000_000), why=why)
    make_secret(place / NOTE_FILE, msgspec.json.encode(note))
    for name in names:
        (place / name).parent.mkdir(mode=0o700, exist_ok=True)
        (state_dir / name).rename(place / name)
    _sync(place)
    _sync(state_dir)
    return place


def keep_copies(state_dir: Path, *, why: str) -> Path:
    """Copy the database's files, and the anchor, into a directory of their own; return that.

    Where there is no room for the database itself, what else there is. OSError.
    """
    place = _new_place(state_dir / QUARANTINE_DIR)
    note = Quarantined(directory=str(place), at=Millis(time.time_ns() // 1_000_000), why=why)
    make_secret(place / NOTE_FILE, msgspec.json.encode(note))
    for name in (ANCHOR_FILE, f"{DATABASE_FILE}-wal", DATABASE_FILE):
        file = state_dir / name
        if file.is_file() and file.stat().st_size + SPARE_BYTES < shutil.disk_usage(place).free:
            shutil.copyfile(file, place / name)
    _sync(place)
    return place


def listed(state_dir: Path) -> list[Quarantined]:
    """Return what was set aside, oldest first."""
    notes = sorted((state_dir / QUARANTINE_DIR).glob(f"*/{NOTE_FILE}"))
    return [found for note in notes if (found := _read(note)) is not None]


def mark_recovered(directory: Path, report: bytes) -> None:
    """Record that the events of a database that was set aside were brought in. OSError."""
    make_secret(directory / RECOVERED_FILE, report)


def _read(note: Path) -> Quarantined | None:
    try:
        found = msgspec.json.decode(note.read_bytes(), type=Quarantined)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    recovered = note.with_name(RECOVERED_FILE).exists()
    return msgspec.structs.replace(found, directory=str(note.parent), recovered=recovered)


def _new_place(parent: Path) -> Path:
    parent.mkdir(mode=0o700, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in range(1, 1_000):
        place = parent / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            place.mkdir(mode=0o700)
        except FileExistsError:
            continue
        _sync(parent)
        return place
    raise FileExistsError(f"{parent} holds too much of this second")


def _is_there(file: Path) -> bool:
    return file.is_symlink() or file.exists()


def _sync(directory: Path) -> None:
    place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
