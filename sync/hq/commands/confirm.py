"""Asking before what can't be undone."""

import sys
from collections.abc import Sequence

from sync.hq.commands.command import Command, Session
from sync.hq.commands.language import say
from sync.hq.errors import AdminError

_YES = ("yes", "y", "是")


def asks(command: Command) -> Command:
    """Describe that the command asks, and how a script answers."""
    return command.option(
        "--yes", action="store_true", help="do it without asking: for scripts; say it knowingly"
    )


def confirm(session: Session, hits: Sequence[str]) -> None:
    """Say on stderr what will be hit and return when it is wanted; AdminError if it is not.

    Nothing may have been done before, and no transaction be open.
    """
    for line in hits:
        print(f"store-hq: {line}", file=sys.stderr)
    if session.args.yes:
        return
    if not sys.stdin.isatty():
        raise AdminError("this can't be undone, and nobody is asked here: add --yes to do it")
    print(say("This can't be undone. Type yes to do it: "), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in _YES:
        raise AdminError("nothing was done")
