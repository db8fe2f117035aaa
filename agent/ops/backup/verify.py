"""Is a backup whole? Without its key by its digest, with it all the way to the journal's chain."""

from pathlib import Path

from msgspec import Struct

from agent.ops.backup.archive import digest_of
from agent.ops.backup.errors import UnreadableBackupError
from agent.ops.backup.keys import read_identities
from agent.ops.backup.restore import open_backup
from agent.ops.backup.snapshot import Content
from agent.ops.backup.take import Told
from agent.ops.backup.target import read_note
from agent.ops.backup.work_dir import work_dir


class Verified(Struct, frozen=True, kw_only=True):
    """A backup that is as it was written."""

    file: str
    sha256: str
    content: Content | None
    """What it holds, when a key was given to open it."""


def verify_backup(file: Path, key: Path | None, state_dir: Path, *, told: Told) -> Verified:
    """Return what is known of the backup `file` once it was read to its end; raise BackupError."""
    try:
        with file.open("rb") as content:
            digest = digest_of(content)
    except OSError as error:
        raise UnreadableBackupError(f"{file} can't be read: {error.strerror}") from error
    note = read_note(file)
    if note is not None and note.sha256 != digest:
        raise UnreadableBackupError(
            f"{file} is not as it was written: cut off or changed. Take another one "
            "(store-agent backup list), and look at the disk"
        )
    if key is None:
        if note is None:
            raise UnreadableBackupError(
                f"the note beside {file} is gone: only its key can tell whether it is whole (--key)"
            )
        return Verified(file=str(file), sha256=digest, content=None)
    identities = read_identities(key)
    with work_dir(state_dir) as work:
        content_found = open_backup(file, identities, work, told=told)
    return Verified(file=str(file), sha256=digest, content=content_found)
