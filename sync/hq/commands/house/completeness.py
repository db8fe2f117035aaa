"""store-hq completeness: has all that the stores did come to head office?"""

from collections import Counter
from datetime import datetime, timedelta

import msgspec

from agent.base.clock import SECOND_MS
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.house.anomaly_words import words_of
from sync.hq.commands.moment import business_date
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.completeness.anomalies import Anomaly, anomalies
from sync.hq.completeness.days import store_days
from sync.hq.errors import AdminError

MOST_DAYS = 366

_DAY_COLUMNS = {
    "store": "STORE",
    "business_date": "DATE",
    "events": "EVENTS",
    "sales": "SALES",
    "sales_fen": "SALES ¥",
    "refunds_fen": "REFUNDS ¥",
    "closings": "Z",
    "anomalies": "ANOMALIES",
}

_ANOMALY_COLUMNS = {
    "store": "STORE",
    "business_date": "DATE",
    "words": "WHAT",
    "since_at": "SINCE",
    "overdue": "OVER 24 H",
}


class _Day(msgspec.Struct, frozen=True, kw_only=True):
    store: str
    business_date: str
    events: int
    sales: int
    sales_fen: int
    refunds: int
    refunds_fen: int
    closings: int
    anomalies: int


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    store: str
    business_date: str | None
    words: str
    since_at: int
    overdue: bool


def configure(command: Command) -> None:
    """Describe the command."""
    of_store(command)
    command.option(
        "--since", type=business_date, metavar="YYYY-MM-DD", help="first day; default: yesterday"
    )
    command.option(
        "--until", type=business_date, metavar="YYYY-MM-DD", help="last day; default: today"
    )
    command.explanation(
        "A line for each store and day, also where nothing came, and below what is not as it has"
        " to be: receipt numbers that are missing, shifts without a Z report or with one that does"
        " not fit, events that could not be applied, what a store has recorded and not sent."
    )
    command.example(
        "store-hq completeness", "store-hq completeness MB001 --since 2026-03-01 --json"
    ).runs(administrative(_completeness))


async def _completeness(session: Session) -> None:
    store = await asked_store(session)
    since, until = _days(session)
    connection, now = session.connection, session.now
    days = await store_days(connection, store=store, since=since, until=until)
    found = await anomalies(connection, store=store, since=since, until=until, now=now)
    if session.as_json:
        session.tell({"days": days, "anomalies": found})
        return
    counts = Counter((one.store, one.business_date) for one in found)
    told = [
        _Day(**msgspec.structs.asdict(day), anomalies=counts[day.store, day.business_date])
        for day in days
    ]
    empty = "no store yet; `store-hq stores add CODE` adds one"
    session.show(told, empty=empty, columns=_DAY_COLUMNS)
    shown = [_shown(one) for one in found]
    print()
    session.show(shown, empty="everything is as it has to be", columns=_ANOMALY_COLUMNS)


def _days(session: Session) -> tuple[str, str]:
    today = datetime.fromtimestamp(session.now / SECOND_MS, session.zone).date()
    since: str = session.args.since or (today - timedelta(days=1)).isoformat()
    until: str = session.args.until or max(today.isoformat(), since)
    span = datetime.fromisoformat(until) - datetime.fromisoformat(since)
    if not 0 <= span.days < MOST_DAYS:
        raise AdminError("--until is {most} days at most after --since", most=MOST_DAYS - 1)
    return since, until


def _shown(one: Anomaly) -> _Shown:
    return _Shown(
        store=one.store,
        business_date=one.business_date,
        words=words_of(one),
        since_at=one.since_at,
        overdue=one.overdue,
    )
