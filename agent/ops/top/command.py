"""`store-agent top` on the command line; what it needs is loaded when it runs."""

import argparse
from typing import Any

from agent.settings import Settings


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `top` to the parser's `commands`."""
    about = "scans, queue, line and devices as they are, until Ctrl-C; once if it is no terminal"
    parser = commands.add_parser("top", help=about, description=about, parents=[common])
    parser.set_defaults(command=_top)


def _top(settings: Settings, _: argparse.Namespace) -> int:
    from agent.ops.top.screen import top

    return top(settings)
