"""`store-agent support-bundle` on the command line; what it needs is loaded when it runs."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from agent.settings import Settings

_EPILOG = """It works while the agent is stopped, too. As root it holds more: the log, and what only
root can look at. Read MANIFEST.txt in it first.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `support-bundle` to the parser's `commands`."""
    about = "one file for the support: what is wrong here, without codes, phones, keys or PINs"
    parser = commands.add_parser(
        "support-bundle",
        help=about,
        description=about,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
    )
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        help="to be written, *.tar.gz (store-agent-STORE-TIME.tar.gz here)",
    )
    parser.set_defaults(command=_bundle)


def _bundle(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.bundle.archive import gathered, write
    from agent.ops.bundle.masking import Masker
    from agent.ops.bundle.members import parts

    now = time.strftime("%Y%m%d-%H%M%S")
    file = arguments.file or Path(f"store-agent-{settings.store.code}-{now}.tar.gz")
    masker = Masker()
    members = gathered(parts(settings, arguments.config, masker), masker)
    try:
        write(file, members, masked=masker.masked)
    except FileExistsError:
        print(f"{file} is there already: name another file", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{file} can't be written: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{file}: {file.stat().st_size:,} bytes, {masker.masked} places masked.")
    print(
        "Read MANIFEST.txt in it before you send it:  tar -xzOf FILE --wildcards '*/MANIFEST.txt'"
    )
    return 0
