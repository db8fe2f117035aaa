"""store-hq parked: events that could not be applied here, changes that stores could not read."""

from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.line import list_parked
from sync.hq.unread import list_unread

_COLUMNS = {
    "store": "STORE",
    "epoch": "EPOCH",
    "seq": "SEQ",
    "code": "WHY",
    "detail": "DETAIL",
    "parked_at": "SINCE",
}

_UNREAD = {
    "entity": "WHAT",
    "key": "WHICH",
    "store": "STORE",
    "app_version": "VERSION",
    "since_at": "SINCE",
    "why": "WHY",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show parked events and why they are")
    of_store(listing)
    listing.option("--limit", type=positive, default=100)
    listing.example("store-hq parked list --store MB001").runs(administrative(_list))
    changes = command.action("changes", help="show what stores could not read of the change feed")
    of_store(changes)
    changes.option("--entity", metavar="WORD", help="such as campaign or article")
    changes.option("--limit", type=positive, default=100)
    changes.example(
        "store-hq parked changes --entity campaign    # which stores are too old for which campaign"
    ).runs(administrative(_changes))


async def _list(session: Session) -> None:
    parked = await list_parked(
        session.connection, store=await asked_store(session), limit=session.args.limit
    )
    session.show(parked, empty="nothing is parked", columns=_COLUMNS)


async def _changes(session: Session) -> None:
    unread = await list_unread(
        session.connection,
        store=await asked_store(session),
        entity=session.args.entity,
        limit=session.args.limit,
    )
    session.show(unread, empty="every store could read all that it was told", columns=_UNREAD)
