"""`promotions results`: what the promotions led to."""

from datetime import timedelta
from typing import Any

from msgspec.structs import asdict, replace

from agent.domain.money import yuan
from agent.domain.promotions.priced import BY_HAND, ROUNDING
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.commands.moment import business_date
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.commands.promotions.importing import local_time
from sync.hq.promotions.results import Result, results

DAYS = 30
"""Looked back unless --since says otherwise."""

_COLUMNS = {
    "promotion": "PROMOTION",
    "name": "NAME",
    "used": "USED",
    "given_fen": "GIVEN",
    "baskets": "BASKETS",
    "with_fen": "WITH IT",
    "without_fen": "WITHOUT",
    "coupons": "COUPONS",
    "redeemed": "REDEEMED",
}


def configure(command: Command) -> None:
    """Describe the action."""
    action = command.action(
        "results", help="show how often promotions were used and what they gave"
    )
    action.explanation(
        "By the stores' business dates: how often each was applied, what it gave, in how many"
        " sales, what a sale paid on average with it and without; of its coupons, how many were"
        " issued and are used, at any time. What was given back later is not taken off."
    )
    action.option(
        "--promotion", action="append", metavar="ID", help="only this one; may be repeated"
    )
    action.option("--since", type=business_date, metavar="DAY", help="default: 30 days ago")
    action.option("--until", type=business_date, metavar="DAY", help="default: today")
    of_store(action)
    action.example(
        "store-hq promotions results",
        "store-hq promotions results --since 2026-12-01 --until 2026-12-31 --json",
    )
    action.runs(administrative(_results))


async def _results(session: Session) -> None:
    args, today = session.args, local_time(session).date()
    rows = await results(
        session.connection,
        since=args.since or (today - timedelta(days=DAYS)).isoformat(),
        until=args.until or today.isoformat(),
        store=await asked_store(session),
    )
    wanted = [row for row in rows if not args.promotion or row.promotion in args.promotion]
    rows = [_named(row) for row in wanted]
    shown: list[Any] = rows if session.as_json else [_row(row) for row in rows]
    session.show(shown, empty="no promotion yet", columns=_COLUMNS)


def _named(row: Result) -> Result:
    if row.promotion == BY_HAND:
        return replace(row, name=say("given by hand"))
    return replace(row, name=say("rounding")) if row.promotion == ROUNDING else row


class _Row(Result, frozen=True, kw_only=True):
    """As people read it."""

    redeemed: str  # type: ignore[assignment]  # 12.50 %


def _row(row: Result) -> _Row:
    share = row.redeemed_bp
    return _Row(**asdict(row) | {"redeemed": "-" if share is None else f"{yuan(share)} %"})
