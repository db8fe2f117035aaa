"""store-hq closings: the stores' Z reports."""

from sync.hq.cash import list_closings
from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.moment import business_date
from sync.hq.commands.of_store import asked_store, of_store

_COLUMNS = {
    "store": "STORE",
    "till": "TILL",
    "z_no": "Z",
    "business_date": "DATE",
    "sales_count": "SALES",
    "sales_fen": "SALES ¥",
    "refunds_fen": "REFUNDS ¥",
    "difference_fen": "DIFFERENCE ¥",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show Z reports whose signature fits, the oldest first")
    of_store(listing)
    listing.option("--till", metavar="CODE")
    listing.option("--since", type=business_date, metavar="YYYY-MM-DD", help="first business date")
    listing.option("--until", type=business_date, metavar="YYYY-MM-DD", help="last business date")
    listing.option("--limit", type=positive, default=100)
    listing.example("store-hq closings list --store MB001 --since 2026-03-01").runs(
        administrative(_list)
    )


async def _list(session: Session) -> None:
    args = session.args
    closings = await list_closings(
        session.connection,
        store=await asked_store(session),
        till=args.till,
        since=args.since,
        until=args.until,
        limit=args.limit,
    )
    session.show(closings, empty="no closing", columns=_COLUMNS)
