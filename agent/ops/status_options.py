"""`store-agent status` on the command line; what it needs is loaded when it runs."""

import argparse
import sys
from typing import Any

from agent.base.settings import SettingsError
from agent.settings import Settings

EXIT_USAGE = 2
EXIT_UNKNOWN = 3
"""Of `--check`, as monitoring has it."""

_LIMITS = {
    "offline_minutes": "minutes since HQ last answered (60,1440)",
    "unsynced_minutes": "minutes that the oldest event waits for HQ (120,1440)",
    "free_mb": "free megabytes on the journal's disk, below (1000,200)",
    "skew_seconds": "seconds between this PC's clock and HQ's (60,600)",
}


def add_commands(commands: Any, readable: argparse.ArgumentParser) -> None:
    """Add `status` to the command line."""
    about = "how the running agent stands; --check for monitoring"
    parser = commands.add_parser("status", help=about, description=about, parents=[readable])
    parser.add_argument(
        "--check",
        action="store_true",
        help="one line and exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (Nagios, Zabbix)",
    )
    for name, told in _LIMITS.items():
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, metavar="WARN,CRIT", help=f"with --check: {told}")
    parser.set_defaults(command=_status, takes_mistakes=_without_settings)


def _status(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.status import check_status, show_status

    if not arguments.check:
        return show_status(settings, as_json=arguments.json)
    given = {name: getattr(arguments, name) for name in _LIMITS}
    return check_status(settings, given, as_json=arguments.json)


def _without_settings(error: SettingsError, arguments: argparse.Namespace) -> int:
    if arguments.check:
        print(f"STORE UNKNOWN - {error}".replace("\n", " "))
        return EXIT_UNKNOWN
    print(error, file=sys.stderr)
    return EXIT_USAGE
