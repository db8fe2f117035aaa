"""`store-agent enroll` on the command line; what it needs is loaded when it runs."""

import argparse
from typing import Any

_ABOUT = """Enrol this machine as a store's, with the code that `store-hq stores enrol` printed. The
machine makes its own key; head office tells store, name and its keys. Any other machine of the
store is fenced from then on. Asks nothing. Exit status: 0 done, 1 head office is not reached or a
file can't be written (try again with the same code), 2 wrong usage or settings, 3 refused.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `enroll` to the parser's `commands`."""
    about = "make this machine a store's, with a code of head office"
    parser = commands.add_parser("enroll", help=about, description=_ABOUT, parents=[common])
    parser.add_argument("code", nargs="?", metavar="CODE", help="24 letters and digits")
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help="file that holds the code alone; - reads standard input",
    )
    parser.add_argument(
        "--hq", metavar="URL", help="address of head office, several with commas ([hq] urls)"
    )
    parser.add_argument("--no-start", action="store_true", help="do not start the service")
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")
    parser.set_defaults(first_run=_enroll)


def _enroll(arguments: argparse.Namespace) -> int:
    from agent.ops.setup.enroll import enroll

    return enroll(arguments)
