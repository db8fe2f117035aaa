"""Runs a program and records what it does to the files of its state directory."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.faults.powerloss import strace_log
from tests.faults.powerloss.steps import TRACED, Step, Translator

LONGEST_WRITE = 1 << 20
"""Bytes of one write that the log can hold; a longer one is an error, not a shorter write."""
TIME_LIMIT_S = 120


def record(command: Sequence[str], *, state_dir: Path, promises: Path, log: Path) -> list[Step]:
    """Runs the command to its end under strace and returns its steps; the log stays.

    The command starts with an empty `state_dir` and writes one line to `promises`, with one
    write, for each fact as soon as it was told that the fact is saved.
    """
    calls = ",".join(f"?{name}" for name in sorted(TRACED))
    options = f"-f -y -xx -qq --seccomp-bpf --signal=none -s {LONGEST_WRITE} -e trace={calls}"
    subprocess.run(  # the program's own output goes to the test's
        ["strace", *options.split(), "-o", str(log), "--", *command],
        check=True,
        timeout=TIME_LIMIT_S,
    )
    translator = Translator(state_dir=str(state_dir.resolve()), promises=str(promises.resolve()))
    with log.open(encoding="ascii") as lines:
        return list(translator.steps(strace_log.read(lines)))
