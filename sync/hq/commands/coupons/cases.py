"""store-hq cases: coupons used twice."""

from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.coupons.cases import list_cases
from sync.protocol.changes import CaseState

_COLUMNS = {
    "coupon_id": "COUPON",
    "state": "STATE",
    "ground": "JUDGED BY",
    "winner_store": "RIGHT",
    "loser_store": "LOSS OWNER",
    "loss_fen": "LOSS",
    "opened_at": "OPENED",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show cases, the oldest first")
    of_store(listing, help="on either side")
    listing.option("--state", choices=[state.value for state in CaseState])
    listing.option("--limit", type=positive, default=100)
    listing.example("store-hq cases list --state open --store MB001").runs(administrative(_list))


async def _list(session: Session) -> None:
    args = session.args
    cases = await list_cases(
        session.connection, store=await asked_store(session), state=args.state, limit=args.limit
    )
    session.show(cases, empty="no case", columns=_COLUMNS)
