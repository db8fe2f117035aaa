"""store-hq parked: events that could not be applied."""

from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.line import list_parked

_COLUMNS = {
    "store": "STORE",
    "epoch": "EPOCH",
    "seq": "SEQ",
    "code": "WHY",
    "detail": "DETAIL",
    "parked_at": "SINCE",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show parked events and why they are")
    of_store(listing)
    listing.option("--limit", type=positive, default=100)
    listing.example("store-hq parked list --store MB001").runs(administrative(_list))


async def _list(session: Session) -> None:
    parked = await list_parked(
        session.connection, store=await asked_store(session), limit=session.args.limit
    )
    session.show(parked, empty="nothing is parked", columns=_COLUMNS)
