"""What can go wrong with backups, each with a stable code and what to do about it."""

from pathlib import Path


class BackupError(Exception):
    """Base: nothing was made, and nothing that was there is harmed."""

    code = "backup_failed"


class NotConfiguredError(BackupError):
    """No target is set."""

    code = "not_configured"

    def __init__(self) -> None:
        super().__init__(
            "no backups are set up: give [backup] target or to_hq, and recipients, in the settings "
            "(docs/store-it/backup.md)"
        )


class TargetMissingError(BackupError):
    """The target is not there, or is no directory."""

    code = "target_missing"

    def __init__(self, target: Path) -> None:
        super().__init__(
            f"{target} is not a directory that is there. Is the disk plugged in, the share "
            f"mounted? findmnt --target {target}; then mkdir -p {target}"
        )


class TargetNotMountedError(BackupError):
    """The target is on the same file system as the journal, or on the system's own disk."""

    code = "target_not_mounted"

    def __init__(self, target: Path, why: str) -> None:
        super().__init__(
            f"{target} {why}: a backup there would be lost with this PC, and fill its disk. Mount "
            f"the disk or share (findmnt --target {target}); if the place is meant, set [backup] "
            "must_be_mounted = false"
        )


class TargetNotWritableError(BackupError):
    """The target is read-only, or belongs to somebody else."""

    code = "target_not_writable"

    def __init__(self, target: Path, error: OSError) -> None:
        super().__init__(
            f"{target} can't be written to: {error.strerror}. Is it mounted read-only "
            f"(findmnt --target {target})? May the agent's user write there (ls -ld {target})? Is "
            "it in ReadWritePaths= of the unit (docs/store-it/backup.md)?"
        )


class TargetFullError(BackupError):
    """There is no room for another backup."""

    code = "target_full"

    def __init__(self, target: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{target} has {megabytes(free)} left, about {megabytes(needed)} are needed. Keep "
            f"fewer ([backup] keep_daily, keep_weekly) or make room: df -h {target}"
        )


class NoRoomToWorkError(BackupError):
    """The journal's own disk has no room for the copy that is made first."""

    code = "no_room_to_work"

    def __init__(self, place: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{place} has {megabytes(free)} left, {megabytes(needed)} are needed for a copy of the "
            f"database and what is sold meanwhile. Make room: df -h {place}"
        )


class WrongRecipientError(BackupError):
    """A public key is none."""

    code = "wrong_recipient"

    def __init__(self, recipient: str) -> None:
        super().__init__(
            f"[backup] recipients: {recipient} is not an age public key; was it cut or mistyped? "
            "`store-agent backup new-key` prints it whole"
        )


class DamagedError(BackupError):
    """The database itself is damaged: a copy of it would be no backup."""

    code = "database_damaged"


class NotReadBackError(BackupError):
    """What was written does not come back as it was: the disk, the cable or the share is faulty."""

    code = "not_read_back"

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(
            f"{file} does not read back as it was written ({why}); it was removed. Don't trust "
            "this disk: try another one"
        )


class NotSentError(BackupError):
    """Head office does not have the backup yet."""

    code = "not_sent"

    def __init__(self, file: Path, why: Exception) -> None:
        super().__init__(
            f"{file} is not at head office: {why}. The next try goes on where this one ended; "
            "what each reason means: docs/store-it/backup.md, 'To head office'"
        )


class NoSuchBackupError(BackupError):
    """The backup is not there."""

    code = "no_such_backup"


class UnreadableBackupError(BackupError):
    """The file is no backup, is cut off, was changed, or the key is not the one for it."""

    code = "backup_unreadable"


class OtherStoreError(BackupError):
    """The backup is of another store."""

    code = "backup_of_other_store"


class KeyUnreadableError(BackupError):
    """The file with the private key can't be used."""

    code = "key_unreadable"


class RunningError(BackupError):
    """The agent runs, and a restore would take its database away."""

    code = "agent_running"


def megabytes(count: int) -> str:
    """Return bytes for people to read."""
    return f"{count / 1e6:.1f} MB"
