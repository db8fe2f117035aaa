"""Kills a process with everything that it has started, and waits for the end of processes."""

import os
import select
import signal
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

END_TIMEOUT_S = 10.0


def kill_tree(leader: int) -> None:
    """SIGKILL `leader`, its descendants and its process group; return when none of them runs.

    The leader is still to be reaped by its parent.
    """
    with suppress(ProcessLookupError):
        os.kill(leader, signal.SIGSTOP)  # it starts nothing more while we look
    with ExitStack() as open_handles:
        handles = [_handle(pid, open_handles) for pid in family(leader)]
        members = [handle for handle in handles if handle is not None]
        for handle in members:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        for handle in members:
            if not _has_ended(handle, END_TIMEOUT_S):
                raise TimeoutError(f"a process of {leader} still runs after SIGKILL")


def wait_for_end(pid: int, timeout_s: float = END_TIMEOUT_S) -> bool:
    """Wait until `pid`, of whatever parent, has ended; False if it still runs after `timeout_s`."""
    with ExitStack() as open_handles:
        handle = _handle(pid, open_handles)
        return handle is None or _has_ended(handle, timeout_s)


def family(leader: int) -> set[int]:
    """The ids of `leader`, its process group and all their descendants, if they run."""
    processes = list(_running())
    family = {process.pid for process in processes if leader in (process.pid, process.group)}
    while children := {p.pid for p in processes if p.parent in family} - family:
        family |= children
    return family


class _Process(NamedTuple):
    pid: int
    parent: int
    group: int


def _running() -> list[_Process]:
    """Every process of this machine. Source: proc_pid_stat(5)."""
    processes = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # The name, in parentheses, may hold anything; state, parent and group follow it.
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            processes.append(_Process(int(entry.name), int(fields[1]), int(fields[2])))
    return processes


def _handle(pid: int, open_handles: ExitStack) -> int | None:
    """A descriptor that names the process for good, whatever becomes of its number."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    open_handles.callback(os.close, handle)
    return handle


def _has_ended(handle: int, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))
