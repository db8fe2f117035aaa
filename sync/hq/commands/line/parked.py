"""store-hq parked: events that could not be applied."""

from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.output import print_rows
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
    listing.option("--store", metavar="CODE")
    listing.option("--limit", type=positive, default=100)
    listing.example("store-hq parked list --store MB001").runs(administrative(_list))


async def _list(session: Session) -> None:
    args = session.args
    parked = await list_parked(session.connection, store=args.store, limit=args.limit)
    print_rows(parked, as_json=session.as_json, empty="nothing is parked", columns=_COLUMNS)
