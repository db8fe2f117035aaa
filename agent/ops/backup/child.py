"""The night's work in a process of its own, so that no till waits for it: a backup, or a check
alone.

Reads a Job as JSON from standard input, writes an Outcome to standard output.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from agent.ops.backup.errors import BackupError
from agent.ops.backup.job import Job, Outcome
from agent.ops.backup.take import check_all, take_backup

NICENESS = 19


def do(job: Job) -> Outcome:
    """Do the job; what stands in its way is in the outcome."""
    try:
        if job.order is None:
            checked = check_all(Path(job.state_dir), told=lambda step, done, of: None)
            return Outcome(events=checked.events, differing=checked.differing)
        taken = take_backup(job.order, told=lambda step, done, of: None)
    except BackupError as error:
        return Outcome(code=error.code, detail=str(error))
    except OSError as error:
        return Outcome(code="backup_failed", detail=str(error))
    good = taken.good
    return Outcome(
        file=good.file, events=taken.events, took_ms=good.took_ms, differing=taken.differing
    )


def main() -> None:
    """Serve one job."""
    with suppress(OSError):  # the unit's sandbox may forbid it
        os.nice(NICENESS)
    os.umask(0o077)
    outcome = do(msgspec.json.decode(sys.stdin.buffer.read(), type=Job))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    main()
