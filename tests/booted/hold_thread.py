"""Holds the main thread of a process where it is, its other threads go on: a hung event loop.

    python -m tests.booted.hold_thread PID

With ptrace(2): seized and interrupted, the one thread stays stopped until this process ends.
"""

import ctypes
import os
import sys

_PTRACE_SEIZE = 0x4206
_PTRACE_INTERRUPT = 0x4207
_WALL = 0x40000000


def hold(thread: int) -> None:
    """Stop `thread` until this process ends; ends when the thread does."""
    libc = ctypes.CDLL(None, use_errno=True)
    for request in (_PTRACE_SEIZE, _PTRACE_INTERRUPT):
        if libc.ptrace(request, thread, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {thread}")
    print("held", flush=True)
    # To the end of the thread: until its tracer has heard of it, systemd does not.
    while os.WIFSTOPPED(os.waitpid(thread, _WALL)[1]):
        continue


if __name__ == "__main__":
    hold(int(sys.argv[1]))
