"""Other programs' commands, run for what they tell."""

import os
import shutil
import subprocess
from collections.abc import Sequence

SBIN = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
"""Where administration's programs are, whatever the PATH of who asks."""
TIMEOUT_S = 8.0
MAX_OUTPUT = 1_000_000
"""So many characters of an output are looked at."""


def is_installed(program: str) -> bool:
    """Whether there is such a program."""
    return shutil.which(program, path=SBIN) is not None


def output_of(command: Sequence[str], *, timeout_s: float = TIMEOUT_S) -> tuple[int, str]:
    """Return the exit status and what it printed; OSError if it can't be run or takes too long."""
    environ = {**os.environ, "PATH": SBIN, "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            [*command],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{command[0]} took longer than {timeout_s:g} s") from error
    return done.returncode, done.stdout.decode(errors="replace")[:MAX_OUTPUT]
