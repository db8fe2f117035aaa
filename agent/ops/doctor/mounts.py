"""On what a directory lies: its mount, and the disks below it.

Fields of /proc/self/mountinfo: proc_pid_mountinfo(5). Disks below a partition, LVM, RAID or LUKS:
/sys/dev/block and its `slaves` (the kernel's Documentation/ABI/testing/sysfs-block).
"""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

_OCTAL = re.compile(r"\\([0-7]{3})")


class Mount(Struct, frozen=True, kw_only=True):
    """One mounted file system."""

    point: Path
    kind: str
    """ext4, tmpfs, overlay, nfs4 …"""
    source: str
    device: str
    """MAJOR:MINOR; a major of 0 is no block device."""
    options: frozenset[str]
    """Of the mount and of the file system."""

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written, by the mount or since the file system saw an error."""
        return "ro" in self.options


def mount_of(path: Path, proc: Path = Path("/proc")) -> Mount:
    """Return the mount that `path`, or its nearest parent that exists, lies on."""
    path = nearest(path).resolve()
    mounts = [*parse((proc / "self/mountinfo").read_text(errors="replace"))]
    over = [mount for mount in mounts if path.is_relative_to(mount.point)]
    # Of several at one point the last one lies on top.
    return max(enumerate(over), key=lambda one: (len(one[1].point.parts), one[0]))[1]


def nearest(path: Path) -> Path:
    """Return `path`, or its nearest parent that is there."""
    return next(place for place in (path, *path.parents) if place.exists())


def parse(mountinfo: str) -> Iterator[Mount]:
    """Give the mounts of /proc/PID/mountinfo."""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        place, system = before.split(), after.split()
        if len(place) < 6 or len(system) < 3:
            continue
        yield Mount(
            point=Path(_plain(place[4])),
            kind=system[0],
            source=_plain(system[1]),
            device=place[2],
            options=frozenset((*place[5].split(","), *system[2].split(","))),
        )


def disks_of(device: str, sys: Path = Path("/sys")) -> tuple[Path, ...]:
    """Return the whole disks under MAJOR:MINOR as directories of /sys; none for no block device."""
    link = sys / "dev/block" / device
    return tuple(dict.fromkeys(_disks(link.resolve()))) if link.exists() else ()


def _disks(block: Path) -> Iterator[Path]:
    slaves = [one.resolve() for one in sorted((block / "slaves").glob("*"))]
    for slave in slaves:
        yield from _disks(slave)
    if not slaves:
        yield block.parent if (block / "partition").exists() else block


def _plain(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
