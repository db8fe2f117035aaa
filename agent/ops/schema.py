"""What the package asks before it upgrades, takes back or removes a release: plain `name=value`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.ops.store_file import database_file, look_into_file
from agent.settings import Settings
from agent.store.line import journal
from agent.store.line.sync_state import SyncState
from agent.store.migrations import known_schema, readable_from
from agent.store.sqlite import Connection


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `schema`."""
    about = "which schema the database has and who can read it, for the package's scripts"
    parser = commands.add_parser("schema", help=about, description=about, parents=[common])
    parser.add_argument("--database", type=Path, metavar="FILE", help="not the store's own file")
    command: Callable[[Settings, argparse.Namespace], int] = _schema
    parser.set_defaults(command=command)


def _schema(settings: Settings, arguments: argparse.Namespace) -> int:
    file = arguments.database or database_file(settings)
    newest, floor = known_schema()
    print(f"newest={newest}\nfloor={floor}")
    return look_into_file(file, _print_facts) if file.exists() else 0


def _print_facts(db: Connection, state: SyncState) -> int:
    tip = journal.tip(db)
    print(f"readable_from={readable_from(db)}")
    print(f"last_seq={tip.seq}\ntip={tip.hash.hex()}\nwaiting={tip.seq - state.acked.seq}")
    return 0
