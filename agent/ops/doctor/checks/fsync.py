"""Fsync honesty: is what was synced on the disk, measured by how long it takes.

A rotating disk needs about 4 ms for it, flash without a protected cache 0.1 ms and more, the
fastest enterprise drives some 20 µs. What takes less never left the memory. Figures:
https://www.percona.com/blog/fsync-performance-storage-devices/
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import SERVICE, Ground
from agent.ops.doctor.mounts import disks_of, mount_of, nearest
from agent.ops.processes import agent_process

TIMES = 32
"""So many syncs are measured: below a second also on slow disks."""
BLOCK = 4_096
IMPOSSIBLE_US = 15
"""No disk commits faster; memory takes 1 to 5 µs."""
ROTATING_US = 500
"""A disk of 15,000 turns a minute needs four times that for a quarter of a turn."""
SLOW_US = 100_000
"""The cashier waits this long for each sale, beside everything else."""


def judge(*, typical_us: float, rotating: str, preloaded: str) -> Found:
    """Return what so long a sync means.

    `rotating`: the disk's node if it turns. `preloaded`: a library that does away with syncs.
    """
    seen = f"fsync: {typical_us / 1000:.3g} ms{f' on {rotating}, which turns' if rotating else ''}"
    if preloaded or typical_us < IMPOSSIBLE_US:
        return Found(
            code="fsync_lies",
            result=Result.BAD,
            said=Sentence(
                "“写盘”快得不可能是真的：数据还在内存里，一断电就丢。",
                "Syncing is too fast to be true: data stays in memory, and a power cut loses it.",
            ),
            seen=f"{seen}; {preloaded}" if preloaded else seen,
            advice=Sentence(
                "不要用内存盘、eatmydata，或关闭了同步的虚拟机和容器来保存数据。",
                "Keep the data on no memory disk, without eatmydata, and in no virtual machine or "
                "container that leaves syncs out.",
            ),
            mends=(
                Mend(command=f"systemctl show {SERVICE} -p Environment"),
                Mend(command="systemd-detect-virt"),
            ),
        )
    if rotating and typical_us < ROTATING_US:
        return Found(
            code="fsync_cached",
            result=Result.WARN,
            said=Sentence(
                "“写盘”比机械硬盘能做到的快：数据可能停在没有电池保护的缓存里。",
                "Syncing is faster than a rotating disk can be: a cache without a battery may "
                "answer for it.",
            ),
            seen=seen,
            advice=Sentence("关掉硬盘的写缓存。", "Turn the disk's write cache off."),
            mends=(Mend(command=f"hdparm -W 0 {rotating}"),),
        )
    if typical_us > SLOW_US:
        return Found(
            code="fsync_slow",
            result=Result.WARN,
            said=Sentence(
                "硬盘很慢：收银员每笔都要多等。硬盘可能快坏了。",
                "The disk is slow: the cashier waits at each sale. It may be about to fail.",
            ),
            seen=seen,
            mends=(Mend(command="journalctl -k -p warning -n 50"),),
        )
    said = Sentence("写盘的时间正常。", "Syncing takes as long as it should.")
    return Found(code="fsync_honest", result=Result.GOOD, said=said, seen=seen)


def measure(directory: Path) -> float:
    """Return how long a sync of one block in `directory` typically takes, in µs; leaves nothing."""
    took: list[float] = []
    with _nameless(directory) as file:
        for place in range(TIMES):
            os.pwrite(file, os.urandom(BLOCK), place * BLOCK)
            begun = time.perf_counter_ns()
            os.fsync(file)
            took.append((time.perf_counter_ns() - begun) / 1_000)
    return median(took)


@contextmanager
def _nameless(directory: Path) -> Iterator[int]:
    try:
        file = os.open(directory, os.O_TMPFILE | os.O_RDWR, 0o600)
    except OSError:  # not on every file system
        with tempfile.TemporaryFile(dir=directory) as named:
            yield named.fileno()
        return
    try:
        yield file
    finally:
        os.close(file)


def _preloaded(ground: Ground) -> str:
    """A library that leaves syncs out, in this process or in the running agent's."""
    for process in ("self", agent_process(ground.state_dir)):
        try:
            maps = (ground.proc / process / "maps").read_text(errors="replace")
        except OSError:  # none runs, or it is another user's
            continue
        if "libeatmydata" in maps:
            return "libeatmydata is loaded"
    return ""


def _rotating(ground: Ground) -> str:
    disks = disks_of(mount_of(ground.state_dir, ground.proc).device, ground.sys)
    # A virtual machine's disk says that it turns, whatever it lies on.
    real = (disk for disk in disks if not disk.name.startswith(("vd", "xvd")))
    turning = (disk for disk in real if _says_one(disk / "queue/rotational"))
    return next((f"/dev/{disk.name}" for disk in turning), "")


def _says_one(file: Path) -> bool:
    try:
        return file.read_text().strip() == "1"
    except OSError:
        return False


def _look(ground: Ground) -> Iterator[Found]:
    yield judge(
        typical_us=measure(nearest(ground.state_dir)),
        rotating=_rotating(ground),
        preloaded=_preloaded(ground),
    )


FSYNC = Check(id="fsync", title=Sentence("写盘是否可靠", "Honest syncs"), look=_look)
