"""Disk space: is there room for what will be sold."""

import os
from collections.abc import Iterator

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import Ground
from agent.ops.doctor.mounts import nearest

MEBIBYTE = 1_048_576
BAD_BYTES = 64 * MEBIBYTE
"""Below this a checkpoint of the write-ahead log may no longer fit."""
WARN_BYTES = 512 * MEBIBYTE
"""Some months of a busy store's sales."""
BAD_FILES = 100
"""A day's temporary files; a file system can have room and no more places for files."""
_ROOM = (
    Mend(command="journalctl --vacuum-size=200M", safe=True),
    Mend(command="apt-get clean", safe=True),
)
_WHAT_IS_LARGE = Mend(command="du -xh --max-depth=2 / 2>/dev/null | sort -h | tail -n 20")


def judge(*, free_bytes: int, total_bytes: int, free_files: int, place: str) -> Found:
    """Return what so much room means; `free_files` below 0: the file system does not count them."""
    seen = f"{place}: {free_bytes // MEBIBYTE} MiB of {total_bytes // MEBIBYTE} MiB free"
    few_files = 0 <= free_files < BAD_FILES
    if free_bytes < BAD_BYTES or few_files:
        return Found(
            code="disk_full",
            result=Result.BAD,
            said=Sentence(
                "磁盘满了，或马上就满：新的销售可能存不下来。",
                "The disk is full, or about to be: new sales may find no room.",
            ),
            seen=f"{seen}, {free_files} more files" if few_files else seen,
            advice=Sentence(
                f"腾出空间，但不要动 {place} 里的文件。代理会自己恢复，不用重启。",
                f"Make room, but not in {place}. The agent goes on by itself.",
            ),
            mends=(*_ROOM, _WHAT_IS_LARGE),
        )
    if free_bytes < WARN_BYTES:
        return Found(
            code="disk_low",
            result=Result.WARN,
            said=Sentence("磁盘空间不多了。", "Disk space is getting low."),
            seen=seen,
            mends=(*_ROOM, _WHAT_IS_LARGE),
        )
    said = Sentence("磁盘空间充足。", "There is enough room on the disk.")
    return Found(code="disk_roomy", result=Result.GOOD, said=said, seen=seen)


def _look(ground: Ground) -> Iterator[Found]:
    place = nearest(ground.state_dir)
    room = os.statvfs(place)
    yield judge(
        free_bytes=room.f_bavail * room.f_frsize,
        total_bytes=room.f_blocks * room.f_frsize,
        free_files=room.f_favail if room.f_files else -1,
        place=str(place),
    )


DISK_SPACE = Check(id="disk_space", title=Sentence("磁盘空间", "Disk space"), look=_look)
