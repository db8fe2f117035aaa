"""store-hq cases: coupons used twice."""

from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.language import say
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.coupons.cases import list_cases
from sync.hq.settlement.cases import close_case
from sync.protocol.changes import CaseState

_COLUMNS = {
    "coupon_id": "COUPON",
    "state": "STATE",
    "ground": "JUDGED BY",
    "winner_store": "RIGHT",
    "loser_store": "LOSS OWNER",
    "loss_fen": "LOSS",
    "further_uses": "AGAIN",
    "opened_at": "OPENED",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show cases, the oldest first")
    of_store(listing, help="on either side")
    listing.option("--state", choices=[state.value for state in CaseState])
    listing.option("--limit", type=positive, default=100)
    listing.example("store-hq cases list --state open --store MB001").runs(administrative(_list))
    close = command.action("close", help="close a case by people's word, and tell both stores")
    close.option("case", metavar="CASE", help="its id, as `cases list --json` shows it")
    close.option("--why", required=True, metavar="TEXT", help="kept with the case")
    asks(close).example('store-hq cases close 0190… --why "MB002 has paid"')
    close.runs(administrative(_close))


async def _close(session: Session) -> None:
    args = session.args
    confirm(session, [say("case {case} is closed at both stores", case=args.case)])
    why = args.why.replace("\0", "")
    await close_case(session.connection, args.case, why=why, now=session.now)
    session.tell({"closed": args.case}, say("closed"))


async def _list(session: Session) -> None:
    args = session.args
    cases = await list_cases(
        session.connection, store=await asked_store(session), state=args.state, limit=args.limit
    )
    session.show(cases, empty="no case", columns=_COLUMNS)
