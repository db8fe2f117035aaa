"""`store-agent selftest` on the command line; what it needs is loaded when it runs."""

import argparse
from typing import Any

from agent.settings import Settings


def add_commands(commands: Any, readable: argparse.ArgumentParser) -> None:
    """Add `selftest` to the parser's `commands`."""
    about = "try a client's key: a POS's day in training mode"
    parser = commands.add_parser("selftest", help=about, description=about, parents=[readable])
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--key", help="the API key of the client to be tried, sk_…")
    key.add_argument("--key-file", help="a file that holds it")
    parser.add_argument("--url", help="where the agent answers (as this PC's settings say)")
    parser.add_argument(
        "--code", action="append", default=[], help="a coupon to try, one or more; it stays good"
    )
    parser.set_defaults(command=_selftest)


def _selftest(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.local_api import authority
    from agent.ops.selftest.command import selftest

    return selftest(arguments, url=f"http://{authority(settings)}")
