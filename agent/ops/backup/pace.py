"""The pace of what is written beside the tills: a portion at a time, and then a rest.

A sale's fsync waits for what the disk has begun to write: a portion at most, since nothing more is
left to be written behind its back. After each portion the disk is free for as long as that took.
"""

import os
import time

PORTION_BYTES = 1 << 20
REST_AT_MOST_S = 0.5
"""A disk that needs longer is busy with others' work, and waiting would not help them."""


class Pace:
    """Puts what is written to one file on disk."""

    def __init__(self, file: int) -> None:
        """`file` is the descriptor of what is written."""
        self._file = file
        self._waiting = 0

    def wrote(self, size: int) -> None:
        """Take note of `size` bytes written; each portion is put on disk. OSError."""
        self._waiting += size
        if self._waiting >= PORTION_BYTES:
            self.put_down()

    def put_down(self) -> None:
        """Put on disk what waits, and rest. OSError."""
        self._waiting = 0
        started = time.monotonic()
        os.fdatasync(self._file)
        time.sleep(min(time.monotonic() - started, REST_AT_MOST_S))
