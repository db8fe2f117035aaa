"""Errors of the store."""


class StoreError(Exception):
    """Base of all errors of the store's database."""


class StartRefusedError(StoreError):
    """The database must not be opened for writing; the message says what to do."""


class AffectedLibraryError(StartRefusedError):
    """The SQLite library is one that can corrupt a WAL database."""


class JournalBrokenError(StartRefusedError):
    """The journal's chain does not hold, or its file can't be read: it was changed or damaged."""


class NewerDatabaseError(StartRefusedError):
    """A newer version made something of the database that this one can't work with."""


class NotFoundedError(StoreError):
    """No store has begun its journal in this file."""


class WriteFailedError(StoreError):
    """Nothing of this write is on disk. The same request may be sent again."""


class StorageFullError(WriteFailedError):
    """There is no room on the disk."""


class StorageDamagedError(WriteFailedError):
    """SQLite found the file damaged."""


class StorageBusyError(WriteFailedError):
    """Too many writes are waiting; try again shortly."""


class CommitUnknownError(StoreError):
    """The commit was begun and not confirmed: ask again with the same Idempotency-Key."""
