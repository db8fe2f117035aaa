"""A small disk with a file system of its own, for the journal of a store PC."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_BLOCK = 64 * 1024


class SmallDisk:
    """An ext4 in a file, mounted through a loop device; gone at the end."""

    def __init__(self, place: Path, *, content: Path, size_mb: int) -> None:
        """`content` is copied into it, owners and modes too."""
        self._image = place.with_suffix(".img")
        self._mounted = place
        self._content = content
        self._size_mb = size_mb

    def __enter__(self) -> Self:
        self._image.touch()
        os.truncate(self._image, self._size_mb * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self._image))
        self._mounted.mkdir()
        self._mount()
        (self._mounted / "lost+found").rmdir()
        _run("cp", "-a", f"{self._content}/.", str(self._mounted))
        _run("sync", "--file-system", str(self._mounted))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _run("umount", "--lazy", str(self._mounted))

    def option(self, path: str) -> str:
        """What nspawn is told, so that it is at `path` inside."""
        return f"--bind={self._mounted}:{path}"

    def fill(self, *, leave_mb: int = 0) -> None:
        """Leave no byte free, or so many megabytes."""
        if leave_mb:
            room = os.statvfs(self._mounted)
            taken = room.f_bavail * room.f_frsize - leave_mb * 1024 * 1024
            _run("fallocate", "-l", str(taken), str(self._mounted / "filling"))
            return
        with suppress(OSError), (self._mounted / "filling").open("ab", buffering=0) as filling:
            for block in (_BLOCK, 1024, 1):
                with suppress(OSError):
                    while True:
                        filling.write(bytes(block))

    def make_room(self) -> None:
        """Free what `fill` took."""
        (self._mounted / "filling").unlink()

    def turn_read_only(self) -> None:
        """Let ext4 find an error, as on a dying disk, mounted as Debian mounts /."""
        _run("mount", "-o", "remount,errors=remount-ro", str(self._mounted))
        device = self._mounted.stat().st_dev
        loop = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
        Path(f"/sys/fs/ext4/{loop}/trigger_fs_error").write_text("1")

    def mend(self) -> None:
        """Unmount, check and mount again; nothing may have it open."""
        _run("umount", str(self._mounted))
        fsck = ["fsck.ext4", "-f", "-y", str(self._image)]
        subprocess.run(fsck, capture_output=True, check=False)  # 1: it mended something
        self._mount()

    def _mount(self) -> None:
        _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self._mounted))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
