"""The store's database as commands look into it: beside a running agent, never written."""

import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from agent.settings import Settings
from agent.state_dir import DATABASE_FILE
from agent.store.damage import damage_told
from agent.store.errors import JournalBrokenError, NotFoundedError
from agent.store.line import sync_state
from agent.store.line.sync_state import SyncState
from agent.store.sqlite import Connection, DatabaseError, connect


def look_into(settings: Settings, look: Callable[[Connection, SyncState], int]) -> int:
    """Return what `look` returns of the store's database; say why if it can't be read."""
    return look_into_file(database_file(settings), look)


def look_into_file(file: Path, look: Callable[[Connection, SyncState], int]) -> int:
    """Return what `look` returns of the database `file`; say why if it can't be read."""
    try:
        with damage_told(file), closing(connect(str(file), read_only=True)) as db:
            return look(db, sync_state.get(db))
    except JournalBrokenError as error:
        print(error, file=sys.stderr)
    except (DatabaseError, NotFoundedError) as error:
        print(
            f"{file} can't be read: {error}. Has the agent run here? See paths.state_dir.",
            file=sys.stderr,
        )
    return 1


def database_file(settings: Settings) -> Path:
    """Return where the store's database is."""
    return Path(settings.paths.state_dir) / DATABASE_FILE
