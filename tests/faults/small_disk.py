"""A disk of one command's own that is small enough to be filled: a tmpfs in a mount namespace."""

import errno
import os
from pathlib import Path

FILLER = "filler"
_BLOCK = 4_096
_MOUNT = """
mount -t tmpfs -o size="$1" tmpfs "$2"
cp "$3"/* "$2"
[ -z "$4" ] || cat /dev/zero >"$2/$4" 2>/dev/null || true
shift 4
exec "$@"
"""


def on_small_disk(
    directory: Path, *, size: int, content: Path, full: bool = False
) -> tuple[str, ...]:
    """What to put before a command: it finds `content` on a disk of `size` bytes at `directory`.

    The disk ends with the command. Works without privileges where user namespaces are allowed.
    """
    namespace = ("--mount",) if os.geteuid() == 0 else ("--map-root-user", "--mount")
    arguments = (str(size), str(directory), str(content), FILLER if full else "")
    return ("unshare", *namespace, "sh", "-ec", _MOUNT, "sh", *arguments)


def fill(directory: Path, *, leave: int = 0) -> None:
    """Take all room of the disk of `directory` but `leave` bytes."""
    file = os.open(directory / FILLER, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        while True:
            os.write(file, bytes(_BLOCK))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.ftruncate(file, os.fstat(file).st_size - leave)
    finally:
        os.close(file)


def make_room(directory: Path) -> None:
    """Give back what `fill` took."""
    (directory / FILLER).unlink()
