"""store-hq events: what stores sent."""

from sync.hq.commands.command import Command, Session, administrative, place, positive
from sync.hq.commands.language import say
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.line import MAX_ROWS, list_events

_COLUMNS = {
    "store": "STORE",
    "epoch": "EPOCH",
    "seq": "SEQ",
    "kind": "KIND",
    "business_date": "DAY",
    "occurred_at": "OCCURRED",
    "duplicate": "TWICE",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show events by store and place")
    of_store(listing)
    listing.option("--kind", help="sale.recorded, coupon.redeemed, redemption.reversed, …")
    listing.option("--after", type=place, metavar="SEQ", help="only those after this place")
    listing.option(
        "--limit",
        type=positive,
        default=100,
        help=say("default {count}, at most {most}", count=100, most=MAX_ROWS),
    )
    listing.example(
        "store-hq events list --store MB001 --after 1200",
        "store-hq events list --kind sale.recorded --json    # with the exact lines",
    ).runs(administrative(_list))


async def _list(session: Session) -> None:
    args = session.args
    events = await list_events(
        session.connection,
        store=await asked_store(session),
        kind=args.kind,
        after=args.after,
        limit=args.limit,
    )
    session.show(events, empty="no such event", columns=_COLUMNS)
