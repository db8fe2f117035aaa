"""Room in memory for files that need not outlive the power, and are many."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MEMORY = Path("/dev/shm")
LEAST_FREE = 2 * 1024**3
"""Bytes; containers often give some megabytes only."""


@contextmanager
def room() -> Iterator[Path]:
    """Give a directory: in memory where there is enough, else on the disk."""
    enough = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= LEAST_FREE
    with TemporaryDirectory(prefix="store-agent-", dir=MEMORY if enough else None) as directory:
        yield Path(directory)
