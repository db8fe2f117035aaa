"""What is kept of a case that did not go as expected."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.booted.progress import say

_FILES = (".console", ".jsonl", ".log", ".heard")
"""Endings of what the case itself wrote, and is kept, too."""


@contextmanager
def journals_kept_on_failure(place: Path, kept: Path) -> Iterator[None]:
    """Keep the journals if the block raises."""
    try:
        yield
    except Exception:
        keep_journals(place, kept)
        raise


def keep_journals(place: Path, kept: Path) -> None:
    """Copy the journals of all systems at `place`, and what the case wrote, into `kept`."""
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for root in place.glob("*.root"):
        journals = list(root.glob("var/log/journal/*/*.journal"))
        told = subprocess.run(
            ["journalctl", "--no-pager", "-o", "short-precise"]
            + [f"--file={journal}" for journal in journals],
            capture_output=True,
            check=False,
        )
        (kept / f"{root.stem}.journal").write_bytes(told.stdout + told.stderr)
    for file in place.iterdir():
        if file.suffix in _FILES:
            shutil.copy(file, kept)
    say(f"journals kept in {kept}")
