"""The packages under test, as `./run package` builds them, and later versions made of them."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.booted.progress import say

_PROJECT = Path(__file__).parents[2]
_NAMES = ("store-agent", "store-hq")


class PackageError(Exception):
    """A package could not be built or found; says what the command said."""


@dataclass(frozen=True, kw_only=True)
class Packages:
    """The .deb files of one build."""

    agent: Path
    hq: Path

    def digest(self) -> str:
        """Names the build: a few hex digits."""
        content = sha256()
        for package in (self.agent, self.hq):
            content.update(package.read_bytes())
        return content.hexdigest()[:12]


def build(out: Path) -> Packages:
    """Build both packages from this checkout into `out`."""
    say("building the packages: ./run package")
    _run("./run", "package", "--out", str(out))
    return find(out)


def find(directory: Path) -> Packages:
    """The packages in `directory`, one of each name."""
    found = []
    for name in _NAMES:
        packages = sorted(directory.glob(f"{name}_*.deb"))
        if len(packages) != 1:
            raise PackageError(f"{directory} must hold one {name}_*.deb, and holds {packages}")
        found += packages
    return Packages(agent=found[0], hq=found[1])


def remade(package: Path, out: Path, *, version: str, change: Callable[[Path], None]) -> Path:
    """A later `version` of a package: unpacked, changed by `change`, packed again into `out`."""
    tree = out / f"{package.stem}.tree"
    shutil.rmtree(tree, ignore_errors=True)
    _run("dpkg-deb", "--raw-extract", str(package), str(tree))
    control = tree / "DEBIAN/control"
    lines = control.read_text().splitlines()
    changed = [f"Version: {version}" if line.startswith("Version:") else line for line in lines]
    control.write_text("\n".join(changed) + "\n")
    change(tree)
    made = out / f"{package.name.split('_')[0]}_{version}_made.deb"
    _run("dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(made))
    shutil.rmtree(tree)
    return made


def _run(*command: str) -> None:
    done = subprocess.run(
        command, cwd=_PROJECT, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise PackageError(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
