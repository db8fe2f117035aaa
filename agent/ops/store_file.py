"""The store's database as commands look into it: beside a running agent, never written."""

import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from agent.settings import Settings
from agent.state_dir import DATABASE_FILE
from agent.store.damage import damage_told
from agent.store.errors import StartRefusedError, StoreError
from agent.store.line import sync_state
from agent.store.line.sync_state import SyncState
from agent.store.sqlite import Connection, DatabaseError, connect


def look_into(settings: Settings, look: Callable[[Connection, SyncState], int]) -> int:
    """Return what `look` returns of the store's database; say why if it can't be read."""
    file, store = database_file(settings), settings.store.code

    def look_at_ours(db: Connection, state: SyncState) -> int:
        if state.store == store:
            return look(db, state)
        print(
            f"{file} is of store {state.store}, the settings say {store}: correct [store] code or "
            "paths.state_dir (store-agent check-config)",
            file=sys.stderr,
        )
        return 1

    return look_into_file(file, look_at_ours)


def look_into_file(file: Path, look: Callable[[Connection, SyncState], int]) -> int:
    """Return what `look` returns of the database `file`; say why if it can't be read."""
    try:
        with damage_told(file), closing(connect(str(file), read_only=True)) as db:
            return look(db, sync_state.get(db))
    except (StoreError, DatabaseError) as error:
        print(why_unread(file, error), file=sys.stderr)
    except (TypeError, ValueError, AttributeError, msgspec.MsgspecError) as error:
        # A damaged page may hold any type.
        print(
            f"{file} is damaged ({type(error).__name__}: {error}). Keep the file as it is, copy it "
            "aside and start the agent: it sets it aside, and `store-agent recover` brings in what "
            "it still holds.",
            file=sys.stderr,
        )
    return 1


def why_unread(file: Path, error: Exception) -> str:
    """Say why the database `file` can't be read, and what to do."""
    if isinstance(error, StartRefusedError):
        return str(error)
    if not os.path.lexists(file):
        return (
            f"{file} is not there. If the agent has run here, start it: it sells on as the same "
            "store (systemctl start store-agent). If not, look at paths.state_dir: store-agent "
            "check-config"
        )
    return f"{file} can't be read: {error}. Look at it with ls -l {file}, then store-agent doctor"


def database_file(settings: Settings) -> Path:
    """Return where the store's database is."""
    return Path(settings.paths.state_dir) / DATABASE_FILE
