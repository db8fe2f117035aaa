"""Lists of one store: `closings list --store MB001` and `closings list MB001` are the same."""

from sync.hq.commands.command import Command, Session
from sync.hq.errors import AdminError
from sync.hq.stores import check_store


def of_store(command: Command, *, help: str = "of this store alone") -> Command:  # noqa: A002  # argparse's word
    """Describe how a list is narrowed to one store."""
    command.option("of", nargs="?", metavar="CODE", help="the same as --store CODE")
    return command.option("--store", metavar="CODE", help=help)


async def asked_store(session: Session) -> str | None:
    """Return the store that a list is of, None: every store. AdminError if there is no such."""
    args = session.args
    if args.of and args.store and args.of != args.store:
        raise AdminError("two stores are named: {one} and {other}", one=args.of, other=args.store)
    store: str | None = args.store or args.of
    if store is not None:
        await check_store(session.connection, store)
    return store
