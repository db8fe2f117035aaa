"""Whether the files that are open still are those that a restart would find under their names."""

from pathlib import Path

_SIDE_FILES = ("", "-wal")


class OpenFiles:
    """The database's files as they were when it was opened.

    A file that was deleted or replaced since takes writes all the same, and they are lost.
    """

    def __init__(self, database: Path) -> None:
        paths = [database.with_name(database.name + side) for side in _SIDE_FILES]
        self._found = {path: _identity(path) for path in paths}

    def moved(self) -> Path | None:
        """Return the first that is no longer under its name; None when all are."""
        for path, identity in self._found.items():
            if identity != _identity(path):
                return path
        return None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
