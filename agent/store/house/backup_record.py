"""The record of backups: when the last good one was made, and why the last try failed.

A file of its own beside the database, so that it can be read without either database or agent.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.state_dir import BACKUP_RECORD_FILE
from agent.store.secret_file import make_secret


class GoodBackup(Struct, frozen=True, kw_only=True):
    """A backup that was read back and found whole."""

    at: Millis
    """When the copy was taken, by this PC's clock."""
    file: str
    """Its path."""
    size_bytes: int
    seq: int
    """The newest event in it."""
    took_ms: int


class FailedBackup(Struct, frozen=True, kw_only=True):
    """A try that came to nothing."""

    at: Millis
    code: str
    """Stable, such as target_not_mounted (docs/store-it/backup.md)."""
    detail: str
    """What failed and what to do, in words."""


class JournalCheck(Struct, frozen=True, kw_only=True):
    """The last time that the whole database and its chain were found in order."""

    at: Millis
    events: int


class BackupRecord(Struct, frozen=True, kw_only=True):
    """How backups stand."""

    good: GoodBackup | None = None
    failed: FailedBackup | None = None
    """The last try; None when it went well."""
    checked: JournalCheck | None = None
    sent: GoodBackup | None = None
    """The last one that head office keeps; `file` is where it lay here."""


def read(state_dir: Path) -> BackupRecord:
    """Return the record; an empty one when there is none, or none that can be read."""
    try:
        return _decoder.decode((state_dir / BACKUP_RECORD_FILE).read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return BackupRecord()


def write(state_dir: Path, record: BackupRecord) -> None:
    """Replace the record; when this returns, it outlasts a power cut. OSError."""
    make_secret(state_dir / BACKUP_RECORD_FILE, msgspec.json.encode(record))


_decoder = msgspec.json.Decoder(BackupRecord)
