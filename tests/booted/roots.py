"""Base systems: a small Debian with systemd, as store IT's PCs have it, and layers over it.

Built once with debootstrap (some three minutes) and never changed afterwards: systems are booted
from layers above, which overlayfs keeps apart.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.booted.places import PLACE
from tests.booted.progress import say

SUITES = ("bookworm", "trixie")
"""Debian 12 with systemd 252 and Debian 13 with systemd 257."""
_BASE_PACKAGES = (
    "systemd,systemd-sysv,dbus,udev,ca-certificates,iproute2,procps,kmod,less,curl,python3,locales"
    ",man-db,bash-completion"
)
_MIRROR = "http://deb.debian.org/debian"
_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")


class RootError(Exception):
    """A base system could not be built or mounted; says what the command said."""


@dataclass(frozen=True)
class Layers:
    """Directories that make a root together, the topmost first."""

    directories: tuple[Path, ...]

    def above(self, directory: Path) -> "Layers":
        """These with one more on top."""
        return Layers((directory, *self.directories))


def base(suite: str) -> Layers:
    """The suite's base system; builds it if it isn't there."""
    root = PLACE / f"base-{suite}"
    if not root.exists():
        say(f"building {root} with debootstrap, about three minutes")
        part = root.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(parents=True, exist_ok=True)
        _run(
            *("debootstrap", "--variant=minbase", f"--include={_BASE_PACKAGES}"),
            *(suite, str(part), _mirror()),
        )
        part.rename(root)
    return Layers((root,))


def with_packages(suite: str, name: str, packages: Sequence[str]) -> Layers:
    """The base system with more of Debian's packages, in a layer `name` of its own, built once."""
    below = base(suite)
    layer = PLACE / f"{name}-{suite}"
    if not layer.exists():
        say(f"building {layer}: {' '.join(packages)}")
        part = layer.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        _install(below, part, packages)
        part.rename(layer)
    return below.above(layer)


def mount(layers: Layers, *, written: Path, at: Path) -> None:
    """Mount the root made of `layers` at `at`; what is changed in it goes to `written`."""
    work = written.with_name(written.name + ".work")
    for directory in (written, work, at):
        directory.mkdir(parents=True, exist_ok=True)
    lower = ":".join(map(str, layers.directories))
    options = f"lowerdir={lower},upperdir={written},workdir={work}"
    _run("mount", "-t", "overlay", "overlay", "-o", options, str(at))


def unmount(at: Path) -> None:
    """Take the mount away again, also if something in it is still open."""
    _run("umount", "--recursive", "--lazy", str(at))


def _install(below: Layers, written: Path, packages: Sequence[str]) -> None:
    at = written.with_name(written.name + ".root")
    mount(below, written=written, at=at)
    settings = at / "run/apt.conf"
    settings.write_text(_how_this_machine_reaches_its_mirror())
    # Packages must not start their services: nothing is booted here.
    policy = at / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    quiet = ("env", "APT_CONFIG=/run/apt.conf", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
    for command in (
        ("apt-get", "update", "-qq"),
        ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages),
        ("apt-get", "clean"),
    ):
        _run("chroot", str(at), *quiet, *command)
    policy.unlink()
    settings.unlink()
    unmount(at)
    at.rmdir()
    shutil.rmtree(written.with_name(written.name + ".work"))


def _how_this_machine_reaches_its_mirror() -> str:
    told = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True)
    return "".join(f"{line}\n" for line in told.stdout.splitlines() if line.startswith("Acquire::"))


def _mirror() -> str:
    """The mirror of Debian that this machine uses."""
    if _SOURCES.exists():
        for line in _SOURCES.read_text().splitlines():
            if line.startswith("URIs:"):
                return line.split()[1]
    return _MIRROR


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise RootError(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


if __name__ == "__main__":
    from tests.booted import faketime
    from tests.booted.installed import hq_base

    faketime.fetch()
    for suite in sys.argv[1:]:
        hq_base(suite)
