"""Why the agent does not start: a stable code, a sentence that says what to do, an exit status.

What doesn't get better by itself ends in 78, after which systemd does not try again
(RestartPreventExitStatus= of the unit); what may, in 1. docs/store-it/troubleshooting.md lists all.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from agent.base.notify import NotifyError
from agent.store.errors import (
    AffectedLibraryError,
    JournalBrokenError,
    NewerDatabaseError,
    StartRefusedError,
)
from agent.store.lock import InUseError

EXIT_MAY_PASS = 1
EXIT_REFUSED = 78
"""EX_CONFIG of sysexits.h: starting again changes nothing, so systemd does not try."""


class Refusal(NamedTuple):
    """Why it does not start."""

    code: str
    """Stable, for monitoring."""
    said: str
    exit_code: int


class ListenError(Exception):
    """The address of the local API can't be listened on; the message says why and what to do."""


_KNOWN: tuple[tuple[type[Exception], str, int], ...] = (
    (AffectedLibraryError, "sqlite_affected", EXIT_REFUSED),
    (JournalBrokenError, "journal_broken", EXIT_REFUSED),
    (NewerDatabaseError, "newer_database", EXIT_REFUSED),
    (StartRefusedError, "secret_unusable", EXIT_REFUSED),
    (InUseError, "in_use", EXIT_MAY_PASS),
    (ListenError, "port_taken", EXIT_MAY_PASS),
    (NotifyError, "systemd_not_reached", EXIT_MAY_PASS),
)


def refusal(error: Exception, state_dir: Path) -> Refusal:
    """Return how `error`, which ended the start, is told."""
    for kind, code, exit_code in _KNOWN:
        if isinstance(error, kind):
            return Refusal(code, str(error), exit_code)
    if isinstance(error, OSError) and error.filename is not None:
        return _of_file(error, state_dir)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _full(str(state_dir), state_dir)
    return Refusal("start_failed", str(error), EXIT_MAY_PASS)


def _of_file(error: OSError, state_dir: Path) -> Refusal:
    file = str(error.filename)
    told = _OF_FILE.get(error.errno or 0)
    if told is not None:
        return told(file, state_dir)
    said = f"{file} can't be used: {error.strerror}. Look at it:  ls -ld {file}; journalctl -k"
    return Refusal("file_unusable", said, EXIT_MAY_PASS)


def _forbidden(file: str, state_dir: Path) -> Refusal:
    said = (
        f"{file} may not be used by the agent's user (uid {os.geteuid()}): root made or copied it, "
        f"most likely.  chown -R store-agent:store-agent {state_dir}; "
        "systemctl restart store-agent"
    )
    return Refusal("not_permitted", said, EXIT_REFUSED)


def _read_only(file: str, state_dir: Path) -> Refusal:
    said = (
        f"{file} can't be written: for the agent its file system is read-only. Either the disk "
        f"became so, as Linux makes one that it finds damaged (findmnt -T {state_dir}; "
        "journalctl -k), or [paths] state_dir lies outside what the unit opens "
        f"(systemctl edit store-agent: [Service] ReadWritePaths={state_dir})"
    )
    return Refusal("read_only", said, EXIT_REFUSED)


def _full(file: str, state_dir: Path) -> Refusal:
    said = f"there is no room for {file}: make some.  df -h {state_dir}; df -i {state_dir}"
    return Refusal("disk_full", said, EXIT_MAY_PASS)


def _missing(file: str, state_dir: Path) -> Refusal:
    said = (
        f"{file} is not there, so the state directory can't be made or used: is [paths] state_dir "
        f"= {state_dir} right, is its disk mounted?  findmnt -T {state_dir}"
    )
    return Refusal("state_dir_missing", said, EXIT_REFUSED)


def _not_a_directory(file: str, state_dir: Path) -> Refusal:
    said = (
        f"{file} is not what it should be (a file where a directory belongs, the other way round, "
        f"or a symbolic link, which is not followed): move it away.  ls -ld {file}; "
        f"[paths] state_dir is {state_dir}"
    )
    return Refusal("not_a_directory", said, EXIT_REFUSED)


_OF_FILE: dict[int, Callable[[str, Path], Refusal]] = {
    errno.EACCES: _forbidden,
    errno.EPERM: _forbidden,
    errno.EROFS: _read_only,
    errno.ENOSPC: _full,
    errno.EDQUOT: _full,
    errno.ENOENT: _missing,
    errno.ENOTDIR: _not_a_directory,
    errno.EISDIR: _not_a_directory,
    errno.EEXIST: _not_a_directory,
    errno.ELOOP: _not_a_directory,  # a symbolic link, which is not followed
}
