"""Damage: a file that SQLite can't make sense of is evidence, and nobody may start on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.store.errors import JournalBrokenError, StorageDamagedError
from agent.store.sqlite import DatabaseError, is_damage


@contextmanager
def damage_told(file: Path) -> Iterator[None]:
    """Raise JournalBrokenError, which says what to do, for an error that tells of damage."""
    try:
        yield
    except (DatabaseError, StorageDamagedError) as error:
        if isinstance(error, DatabaseError) and not is_damage(error):
            raise
        raise JournalBrokenError(
            f"{file} is damaged ({error}). Keep the file as it is, copy it aside together with "
            "its -wal and -shm, and call head office: what HQ has acknowledged is safe there."
        ) from error
