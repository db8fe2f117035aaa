"""Runs this test closed in: what it mounts, starts and connects ends with it, however it ends.

Mounts, network and process ids are namespaces of their own, so that a kill of the first process
ends every container, and the last one takes mounts, loop devices and links along. What the kernel
keeps beyond that, the directories of the control groups, is removed from outside.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import NoReturn

INSIDE = "STORE_SYSTEMTEST_CGROUP"
"""Set in the environment of what runs closed in: its control group's directory, as seen outside."""
_PR_SET_PDEATHSIG = 1
_GONE_S = 30
_CGROUPS = Path("/sys/fs/cgroup")
_UNSHARE = (
    *("unshare", "--mount", "--propagation", "private", "--net", "--cgroup"),
    *("--pid", "--fork", "--kill-child", "--mount-proc"),
)


def is_inside() -> bool:
    """Whether this process runs closed in."""
    return INSIDE in os.environ


def run_inside(command: list[str]) -> int:
    """Run `command` closed in, as root; return its exit status when nothing of it is left.

    However this process ends, also by SIGKILL, the kernel ends all that runs inside.
    """
    group = _cgroup2() / f"store-systemtest-{os.getpid()}"
    group.mkdir()
    signal.signal(signal.SIGTERM, _end)
    running = subprocess.Popen(
        [*_UNSHARE, *command],
        env=os.environ | {INSIDE: str(group)},
        preexec_fn=partial(_enter, group),
    )
    try:
        return running.wait()
    except KeyboardInterrupt:
        print("ending", file=sys.stderr)
        return 128 + signal.SIGINT
    finally:
        running.kill()
        running.wait()
        _remove(group)


def set_up() -> None:
    """Make the namespaces usable: called first of all inside."""
    # The whole tree is the unified one, as on every system that has systemd for long.
    _run("umount", "--recursive", "--lazy", str(_CGROUPS))
    _run("mount", "-t", "cgroup2", "cgroup2", str(_CGROUPS))
    # What ip(8) and nspawn keep there is of these namespaces.
    for place in ("/run/netns", "/run/systemd/nspawn"):
        Path(place).mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "tmpfs", place)
    _run("ip", "link", "set", "lo", "up")


def in_cgroup(name: str, command: list[str]) -> list[str]:
    """`command` as one that runs in a control group of its own."""
    group = _CGROUPS / name
    group.mkdir(exist_ok=True)
    return ["sh", "-c", f'echo 0 >{group}/cgroup.procs && exec "$@"', "sh", *command]


def _enter(group: Path) -> None:
    """Between fork and exec: into the control group, and ended with the parent."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    (group / "cgroup.procs").write_text("0")


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _cgroup2() -> Path:
    """Where the unified control groups are mounted on this machine."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    raise SystemExit("systemtest: this kernel has no unified control groups (cgroup2) mounted")


def _remove(group: Path) -> None:
    """Remove a group's directories, as soon as its last process is gone."""
    until = time.monotonic() + _GONE_S
    while group.exists():
        try:
            for directory, _, _ in os.walk(group, topdown=False):
                Path(directory).rmdir()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
