"""Later versions of the agent's package, made of the one under test: other number, other schema."""

from collections.abc import Callable
from pathlib import Path

from tests.booted.packages import remade

NUMBER = 900
"""Of the later version's migration; the project's own are far below."""
_NOVELTY = "CREATE TABLE novelty (id INTEGER PRIMARY KEY) STRICT;\n"
_BROKEN = "CREATE TABLE novelty (id INTEGER PRIMARY KEY) STRICT;\nCREATE NONSENSE;\n"


def with_new_schema(package: Path, out: Path, *, version: str) -> Path:
    """A version whose database the one under test can't read."""
    return remade(package, out, version=version, change=_adding(version, _NOVELTY))


def that_does_not_start(package: Path, out: Path, *, version: str) -> Path:
    """A version that fails while it brings the database up to date."""
    return remade(package, out, version=version, change=_adding(version, _BROKEN))


def that_works_no_more(package: Path, out: Path, *, version: str) -> Path:
    """A version that changes the schema for good, and then can't serve."""
    adding = _adding(version, _NOVELTY)

    def change(tree: Path) -> None:
        adding(tree)
        _serve_by(tree, "raise OSError('broken')")

    return remade(package, out, version=version, change=change)


def that_waits_for_ever(package: Path, out: Path, *, version: str) -> Path:
    """A version whose start neither ends nor fails."""

    def change(tree: Path) -> None:
        _renamed(tree, version)
        _serve_by(tree, "await __import__('asyncio').sleep(86_400)")

    return remade(package, out, version=version, change=change)


def _serve_by(tree: Path, start: str) -> None:
    """Let `start`, a statement, stand for the start of the local API's server."""
    server = next((tree / "usr/lib/store-agent/package").rglob("agent/api/server.py"))
    broken = f"    async def start(self) -> int:\n        {start}\n"
    server.write_text(f"{server.read_text()}\n\nclass _Broken(LocalServer):\n{broken}")
    server.write_text(f"{server.read_text()}\n\nLocalServer = _Broken\n")
    for compiled in server.parent.glob("__pycache__/server.*.pyc"):
        compiled.unlink()


def _adding(version: str, migration: str) -> Callable[[Path], None]:
    def change(tree: Path) -> None:
        release = tree / "usr/lib/store-agent/package"
        (release / "SCHEMA").write_text(f"{NUMBER}\n{NUMBER}\n")
        schema = next(release.rglob("agent/store/schema"))
        (schema / f"{NUMBER}_novelty.sql").write_text(migration)
        _renamed(tree, version)

    return change


def _renamed(tree: Path, version: str) -> None:
    """Another release, by its name and its version."""
    release = tree / "usr/lib/store-agent/package"
    (release / "RELEASE").write_text(f"{version}-made\n")
    metadata = next(release.rglob("store_agent-*.dist-info/METADATA"))
    lines = metadata.read_text().splitlines()
    changed = [f"Version: {version}" if line.startswith("Version:") else line for line in lines]
    metadata.write_text("\n".join(changed) + "\n")
    for sums in tree.glob("DEBIAN/md5sums"):
        sums.unlink()  # of the files that are other ones now
