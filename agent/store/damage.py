"""Damage: a file that SQLite can't make sense of is evidence, and nobody may start on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.store.blocked import what_blocks
from agent.store.errors import JournalBrokenError, StorageDamagedError, StoreError
from agent.store.sqlite import DatabaseError, is_damage, is_full


@contextmanager
def damage_told(file: Path) -> Iterator[None]:
    """Raise JournalBrokenError, which says what to do, for an error that tells of damage."""
    try:
        yield
    except (DatabaseError, StorageDamagedError, UnicodeDecodeError) as error:
        if isinstance(error, DatabaseError) and not is_damage(error):
            raise
        raise JournalBrokenError(
            f"{file} is damaged ({error}). Keep the file as it is, copy it aside together with "
            "its -wal and -shm, and call head office: what HQ has acknowledged is safe there."
        ) from error


@contextmanager
def opening_told(file: Path) -> Iterator[None]:
    """Raise what says what to do for each error of opening `file` or of looking at it.

    JournalBrokenError for damage, OSError that names the file that can't be used, StoreError when
    another try may succeed.
    """
    try:
        with damage_told(file):
            yield
    except DatabaseError as error:
        if not is_full(error) and (blocked := what_blocks(file)):
            raise blocked from error
        raise StoreError(
            f"{file} can't be opened ({error}). Is there room on its disk, and may the agent write "
            f"there?  df -h {file.parent}; ls -l {file.parent}"
        ) from error
