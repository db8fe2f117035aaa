"""The page's own files: scripts, styles and locales, under an address that changes with them."""

import hashlib
from functools import cached_property
from pathlib import Path

_HOME = Path(__file__).parent
_ROOMS = ("static", "locales")
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


class Assets:
    """The files by name, read from disk when asked for; nothing else of the disk is reachable."""

    @cached_property
    def version(self) -> str:
        """Changes with any byte of any file."""
        digest = hashlib.sha256()
        for name, file in sorted(self._files.items()):
            digest.update(f"{name}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
        return digest.hexdigest()[:16]

    def file(self, name: str) -> Path | None:
        """Return the file called `name`, such as static/app.js; None if there is none."""
        return self._files.get(name)

    @cached_property
    def _files(self) -> dict[str, Path]:
        return {
            file.relative_to(_HOME).as_posix(): file
            for room in _ROOMS
            for file in (_HOME / room).rglob("*")
            if file.suffix in _TYPES
        }


def content_type(file: Path) -> str:
    """Return the media type of one of the page's files."""
    return _TYPES[file.suffix]
