"""What keeps the agent from a database that SQLite says can't be opened or written."""

import errno
import os
from pathlib import Path

_SIDES = ("", "-wal", "-shm")


def is_read_only(directory: Path) -> bool:
    """Whether the system lets nobody write there.

    Tried by a file without a name: newer kernels refuse writes on an ext4 that failed and don't
    say so in statvfs(3).
    """
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        return True
    try:
        os.close(os.open(directory, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        return error.errno == errno.EROFS
    return False


def what_blocks(database: Path) -> OSError | None:
    """Return the system's own word for it, with the file; None when the system allows all."""
    directory = database.parent
    try:
        if is_read_only(directory):
            return OSError(errno.EROFS, os.strerror(errno.EROFS), str(directory))
        if not os.access(directory, os.W_OK | os.X_OK, effective_ids=True):
            return OSError(errno.EACCES, os.strerror(errno.EACCES), str(directory))
        for side in _SIDES:
            file = database.with_name(database.name + side)
            if file.exists():
                os.close(os.open(file, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return error
    return None
