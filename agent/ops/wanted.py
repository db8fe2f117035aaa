"""`store-agent wanted-version`: which one head office wants, for a timer that installs it."""

import argparse
import json
from typing import Any

from agent.settings import Settings

EXIT_NOTHING_TO_DO = 0
EXIT_OTHER_WANTED = 10
"""Another version than the installed one is wanted; it is printed."""


def add_commands(commands: Any, readable: argparse.ArgumentParser) -> None:
    """Add `wanted-version` to the parser's `commands`."""
    about = "the version that head office wants here; exit 10 if another one is installed"
    parser = commands.add_parser(
        "wanted-version", help=about, description=about, parents=[readable]
    )
    parser.set_defaults(command=_wanted_version)


def _wanted_version(settings: Settings, arguments: argparse.Namespace) -> int:
    from importlib.metadata import version

    from agent.ops.store_file import look_into
    from agent.services.house.fleet import wanted, wanted_version
    from agent.store.line.sync_state import SyncState
    from agent.store.sqlite import Connection

    def look(db: Connection, _: SyncState) -> int:
        installed, other = version("store-agent"), wanted_version(wanted(db))
        if arguments.json:
            print(json.dumps({"installed": installed, "wanted": other or None}))
        else:
            print(other or installed)
        return EXIT_OTHER_WANTED if other not in ("", installed) else EXIT_NOTHING_TO_DO

    return look_into(settings, look)
