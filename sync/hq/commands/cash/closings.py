"""store-hq closings: the stores' Z reports."""

from sync.hq.cash import list_closings
from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.moment import business_date
from sync.hq.commands.output import print_rows

_COLUMNS = {
    "store": "STORE",
    "till": "TILL",
    "z_no": "Z",
    "business_date": "DATE",
    "sales_count": "SALES",
    "sales_fen": "SALES fen",
    "refunds_fen": "REFUNDS fen",
    "difference_fen": "DIFFERENCE fen",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show Z reports whose signature fits, the oldest first")
    listing.option("--store", metavar="CODE")
    listing.option("--till", metavar="CODE")
    listing.option("--since", type=business_date, metavar="YYYY-MM-DD", help="business date")
    listing.option("--limit", type=positive, default=100)
    listing.example("store-hq closings list --store MB001 --since 2026-03-01").runs(
        administrative(_list)
    )


async def _list(session: Session) -> None:
    args = session.args
    closings = await list_closings(
        session.connection, store=args.store, till=args.till, since=args.since, limit=args.limit
    )
    print_rows(closings, as_json=session.as_json, empty="no closing", columns=_COLUMNS)
