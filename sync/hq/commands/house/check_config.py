"""store-hq check-config: are the settings right, and what are they?"""

import argparse

import msgspec

from sync.hq.commands.command import DONE, Command
from sync.hq.commands.output import print_json
from sync.hq.settings import HqSettings

_HIDDEN = "(hidden)"


def configure(command: Command) -> None:
    """Describe the command."""
    command.example("store-hq check-config", "store-hq check-config --config hq.toml --json")
    command.runs(_check)


def _check(args: argparse.Namespace, settings: HqSettings) -> int:
    """Wrong settings never come here: they are told, all at once, before any command."""
    shown = msgspec.to_builtins(settings)
    shown["database"]["dsn"] = _HIDDEN  # it may hold a password
    if args.json:
        print_json(shown)
    else:
        for section, values in shown.items():
            for name, value in values.items():
                print(f"[{section}] {name} = {value}")
    return DONE
