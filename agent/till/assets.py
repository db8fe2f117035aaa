"""The page's own files: scripts, styles and locales, under an address that changes with them."""

import hashlib
from functools import cached_property
from pathlib import Path

from agent.till.one_module import one_module

_HOME = Path(__file__).parent
_ROOMS = ("static", "locales")
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_SHARED = ("colours", "base")
_STYLES = (
    *("colours", "base", "controls", "layout", "status", "verdict", "basket", "tiles", "sheets"),
    *("sign_in", "pay", "reports", "checkup", "portrait", "phone"),
)
"""What comes later wins over what came before; what is not named comes before portrait."""


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

    @cached_property
    def joined(self) -> dict[str, tuple[str, str]]:
        """Media type and text of what is asked for as one file: each more costs a page time."""
        return {
            "till.css": ("text/css", self._style(but="customer")),
            "till.js": ("text/javascript", _script("app")),
            "customer.css": ("text/css", self._style("customer", *_SHARED)),
            "customer.js": ("text/javascript", _script("customer")),
        }

    def _style(self, *only: str, but: str = "") -> str:
        """All style sheets of static/css in order, or `only` those, and not `but`."""
        found = sorted((_HOME / "static" / "css").glob("*.css"), key=_place)
        wanted = [it for it in found if it.stem != but and (not only or it.stem in only)]
        return "\n".join(it.read_text("utf-8") for it in wanted)

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


def _script(entry: str) -> str:
    return one_module(_HOME / "static" / f"{entry}.js")


def _place(sheet: Path) -> tuple[int, str]:
    """Where a style sheet stands among the others."""
    known = sheet.stem in _STYLES
    return (_STYLES.index(sheet.stem) if known else len(_STYLES) - 3, sheet.stem)
