"""The lock on the state directory: one agent works there, whatever was started twice."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from agent.store.errors import StoreError

LOCK_FILE = "store.lock"


class InUseError(StoreError):
    """Another running agent holds the state directory; it may end, so a start is tried again."""


class StoreLock:
    """An flock(2) on a file of its own: the kernel gives it back when its process ends."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / LOCK_FILE

    def acquire(self) -> None:
        """Take the lock, or raise InUseError at once; OSError when the file can't be made."""
        self._file = os.open(
            self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise InUseError(
                f"another store-agent (process {holder}) works in {self._path.parent}: stop it "
                "(systemctl stop store-agent), or give this one its own paths.state_dir"
            ) from None
        with suppress(OSError):  # on a full disk the lock holds all the same, without a name in it
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back; the file stays."""
        os.close(self._file)
