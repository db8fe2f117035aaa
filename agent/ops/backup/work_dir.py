"""A directory to work in, inside the state directory: what is unencrypted leaves it never."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.ops.backup.errors import RunningError
from agent.state_dir import WORK_DIR
from agent.store.lock import LOCK_FILE, InUseError, StoreLock


@contextmanager
def work_dir(state_dir: Path) -> Iterator[Path]:
    """Yield an empty directory that nobody else works in; it is gone afterwards.

    What a killed command left there is removed first. RunningError while another one works.
    """
    place = state_dir / WORK_DIR
    place.mkdir(mode=0o700, exist_ok=True)
    lock = StoreLock(place)
    try:
        lock.acquire()
    except InUseError as error:
        raise RunningError(
            "another backup or restore is under way here; wait for its end"
        ) from error
    try:
        _empty(place)
        yield place
    finally:
        _empty(place)
        lock.release()


def _empty(place: Path) -> None:
    for entry in place.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != LOCK_FILE:
            entry.unlink()
