"""`store-agent setup` on the command line; what it needs is loaded when it runs."""

import argparse
from pathlib import Path
from typing import Any

from agent.ops.setup.questions import QUESTIONS

_ABOUT = """Ask what this store needs and write it into agent.toml.d/00-setup.toml. What is given by
an option, by STORE_SETUP_NAME in the environment or in a preseed file is not asked. Without a
terminal nothing is asked, and all mistakes are told at once.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `setup` to the parser's `commands`."""
    about = "first run: ask what this store needs, try it, write the settings"
    parser = commands.add_parser("setup", help=about, description=_ABOUT, parents=[common])
    for question in QUESTIONS:
        parser.add_argument(question.flag, metavar="ANSWER", help=question.expects.en)
    parser.add_argument("--preseed", type=Path, metavar="FILE", help="answers in TOML, name = …")
    parser.add_argument("--unattended", action="store_true", help="ask nothing")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and stop")
    parser.add_argument("--offline", action="store_true", help="do not try head office")
    parser.add_argument("--start", action="store_true", help="start or restart the service, too")
    parser.add_argument("--test-receipt", action="store_true", help="print a test receipt, too")
    parser.add_argument("--undo", action="store_true", help="take the last setup back")
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")
    parser.set_defaults(first_run=_setup)


def _setup(arguments: argparse.Namespace) -> int:
    from agent.ops.setup.command import setup

    return setup(arguments)
