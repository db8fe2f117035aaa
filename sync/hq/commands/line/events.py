"""store-hq events: what stores sent."""

from sync.hq.commands.command import Command, Session, administrative, place, positive
from sync.hq.commands.output import print_rows
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
    listing.option("--store", metavar="CODE")
    listing.option("--kind", help="sale.recorded, coupon.redeemed, redemption.reversed, …")
    listing.option("--after", type=place, metavar="SEQ", help="only those after this place")
    listing.option("--limit", type=positive, default=100, help=f"default 100, at most {MAX_ROWS}")
    listing.example(
        "store-hq events list --store MB001 --after 1200",
        "store-hq events list --kind sale.recorded --json    # with the exact lines",
    ).runs(administrative(_list))


async def _list(session: Session) -> None:
    args = session.args
    events = await list_events(
        session.connection, store=args.store, kind=args.kind, after=args.after, limit=args.limit
    )
    print_rows(events, as_json=session.as_json, empty="no such event", columns=_COLUMNS)
