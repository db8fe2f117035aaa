"""A settings file that a command writes: shown as a difference, written whole, taken back."""

import difflib
import os
import shutil
from pathlib import Path

MODE = 0o644
DIRECTORY_MODE = 0o755
BEFORE = ".before"
"""Ends the name of the file that holds what stood in it before the last change; empty if there was
no file. Nobody reads it as settings."""


class KeptFile:
    """One such file; `group` may read it, if there is such a group and root writes it."""

    def __init__(self, path: Path, *, mode: int = MODE, group: str = "") -> None:
        self.path = path
        self._mode = mode
        self._group = group
        self._before = path.with_name(path.name + BEFORE)

    @property
    def can_be_undone(self) -> bool:
        """Whether it is known what stood in it before."""
        return self._before.exists()

    def text(self) -> str:
        """What stands in it now; empty if there is none. Raises OSError."""
        return _read(self.path)

    def before(self) -> str:
        """What stood in it before the last change. Raises OSError."""
        return _read(self._before)

    def difference(self, new: str) -> str:
        """Return what would change, as `diff -u` shows it; empty if nothing."""
        lines = difflib.unified_diff(
            self.text().splitlines(), new.splitlines(), str(self.path), str(self.path), lineterm=""
        )
        return "\n".join(lines)

    def write(self, new: str) -> None:
        """Replace it whole, so that a power cut leaves the one or the other. Raises OSError."""
        if not self.path.parent.exists():
            self.path.parent.mkdir(parents=True)
            self.path.parent.chmod(DIRECTORY_MODE)
        self._replace(self._before, self.text())
        self._put(new)

    def undo(self) -> None:
        """Bring back what stood in it before the last change. Raises OSError."""
        self._put(self.before())
        self._before.unlink()

    def _put(self, text: str) -> None:
        if text:
            self._replace(self.path, text)
        else:
            self.path.unlink(missing_ok=True)

    def _replace(self, file: Path, text: str) -> None:
        new = file.with_name(file.name + ".new")
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        self._give(new)
        new.chmod(self._mode)
        new.replace(file)
        directory = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _give(self, file: Path) -> None:
        if self._group and os.geteuid() == 0:
            try:
                shutil.chown(file, group=self._group)
            except LookupError:  # it comes with the package; a trial has none
                return


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""
