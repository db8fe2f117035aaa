"""A scanner without hardware: a serial line (a pty) that says what it is told to scan.

    python -m drivers.virtual.scanner [PATH]

prints the line's path, then scans each line that is typed; `:unplug` and `:replug` do so.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
import tty
from itertools import pairwise
from pathlib import Path
from typing import Self


class VirtualScanner:
    """One scanner, plugged in from the start; a context manager that unplugs it for good.

    As with real ones, what is scanned while nobody reads is lost.
    """

    def __init__(self, path: Path, *, suffix: str = "\r") -> None:
        """Appear at `path`, a link as in /dev/serial/by-id/; each code ends with `suffix`."""
        self._path = path
        self._suffix = suffix
        self._master = self._line = -1
        self.replug()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def path(self) -> Path:
        """Where it is while it is plugged in: `serial:{path}` is its address."""
        return self._path

    def scan(self, code: str) -> None:
        """Send a code and its suffix at once."""
        self.send((code + self._suffix).encode())

    async def trickle(self, code: str, *, pieces: int, gap_ms: int = 1) -> None:
        """Send a code and its suffix in so many pieces, with a gap between them."""
        data = (code + self._suffix).encode()
        bounds = [len(data) * place // pieces for place in range(pieces + 1)]
        for start, end in pairwise(bounds):
            self.send(data[start:end])
            await asyncio.sleep(gap_ms / 1000)

    def send(self, data: bytes) -> None:
        """Send bytes as they are; lost while it is unplugged."""
        with contextlib.suppress(BlockingIOError):  # nobody reads, and the line is full
            if self._master >= 0:
                os.write(self._master, data)

    def unplug(self) -> None:
        """Vanish; who has the line open finds it dead."""
        if self._master >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._master)
            os.close(self._line)
            self._master = self._line = -1

    def replug(self) -> None:
        """Be there again at the same path, as a new line."""
        self.unplug()
        self._master, self._line = os.openpty()
        os.set_blocking(self._master, False)
        tty.setraw(self._line)
        self._path.unlink(missing_ok=True)
        self._path.symlink_to(os.ttyname(self._line))


def main(arguments: list[str]) -> None:
    """Scan what stands in the lines of the standard input until it ends."""
    with tempfile.TemporaryDirectory(prefix="scanner-") as directory:
        path = Path(arguments[0]) if arguments else Path(directory, "scanner")
        with VirtualScanner(path) as scanner:
            print(path, flush=True)
            for line in sys.stdin:
                _obey(scanner, line.rstrip("\r\n"))


def _obey(scanner: VirtualScanner, line: str) -> None:
    if line == ":unplug":
        scanner.unplug()
    elif line == ":replug":
        scanner.replug()
    elif line:
        scanner.scan(line)


if __name__ == "__main__":
    main(sys.argv[1:])
