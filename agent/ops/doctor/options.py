"""`store-agent doctor` on the command line; what it needs is loaded when it runs."""

import argparse
from typing import Any

from agent.base.settings import SettingsError
from agent.settings import Settings

_EPILOG = """exit status:
  0  all is good
  1  something is bad: it has to be mended
  2  wrong usage
  3  nothing is bad, and there are warnings
  4  neither, and something could not be checked: it says what, and how it can be

As root it sees everything: which program has a port or a device, and the disk's own report. As
another user it tells what it could not look at. --fix runs only commands that take nothing away.
"""


def add_commands(commands: Any, readable: argparse.ArgumentParser) -> None:
    """Add `doctor` to the parser's `commands`."""
    about = "what is right and wrong with this PC, why, and the command that mends it"
    parser = commands.add_parser(
        "doctor",
        help=about,
        description=about,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[readable],
    )
    parser.add_argument("--fix", action="store_true", help="run the safe ones of the commands")
    parser.add_argument("--yes", action="store_true", help="with --fix: without asking")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="CHECK",
        help="look at this alone, such as disk_space; may be given again",
    )
    parser.add_argument(
        "--language",
        choices=("zh-CN", "en"),
        help="of what is told (as the environment's LANG says)",
    )
    parser.set_defaults(command=_doctor, takes_mistakes=_doctor_of_mistakes)


def _doctor(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.doctor.command import doctor

    return doctor(settings, arguments)


def _doctor_of_mistakes(error: SettingsError, arguments: argparse.Namespace) -> int:
    """Tell mistakes in the settings as the doctor does."""
    from agent.ops.doctor.command import doctor_of_mistakes

    return doctor_of_mistakes(error, arguments)
