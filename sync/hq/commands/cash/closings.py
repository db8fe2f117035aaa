"""store-hq closings: the stores' Z reports."""

import argparse
import re

from sync.hq.cash import Paper, PaperVerdict, check_paper, list_closings
from sync.hq.closing_keys import How, list_closing_keys, register
from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.language import say
from sync.hq.commands.moment import business_date
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.errors import AdminError
from sync.hq.intake.closing_keys import STRANGE_KEY
from sync.hq.stores import check_store

_ON_PAPER = re.compile(r"([1-9][0-9]{0,15}):([0-9a-f]{6,64})")

_KEY_COLUMNS = {
    "store": "STORE",
    "public_key": "KEY",
    "how": "HOW",
    "since": "SINCE",
    "install_id": "MACHINE",
}

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
    paper = command.action("check", help="is what a printed Z report bears held here?")
    paper.option("store", metavar="CODE")
    paper.option(
        "paper", type=place_on_paper, metavar="SEQ:HASH", help="its line 流水校验, as printed"
    )
    paper.example("store-hq closings check MB001 4711:3fa90c117b2e").runs(administrative(_check))
    keys = command.action("keys", help="show by which keys the stores' Z reports may be signed")
    of_store(keys)
    keys.runs(administrative(_keys))
    accept = command.action(
        "accept", help="believe Z reports under a key that no enrolled machine has told"
    )
    accept.option("store", metavar="CODE")
    accept.option("key", type=public_key, metavar="KEY", help="as `store-hq parked list` tells it")
    accept.example("store-hq closings accept MB001 " + "3f" * 32).runs(administrative(_accept))


def place_on_paper(text: str) -> tuple[int, str]:
    """Read an argument as the line 流水校验 of a Z report has it: 4711:3fa90c117b2e."""
    found = _ON_PAPER.fullmatch(text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(
            say("expected it as printed, 4711:3fa90c117b2e; got {text}", text=repr(text))
        )
    return int(found[1]), found[2]


def public_key(text: str) -> str:
    """Read an argument as a public key: 64 hex digits."""
    if re.fullmatch(r"[0-9a-fA-F]{64}", text) is None:
        raise argparse.ArgumentTypeError(say("expected 64 hex digits, got {text}", text=repr(text)))
    return text.lower()


async def _keys(session: Session) -> None:
    keys = await list_closing_keys(session.connection, store=await asked_store(session))
    session.show(keys, empty="no closing key", columns=_KEY_COLUMNS)


async def _accept(session: Session) -> None:
    store, key = session.args.store, session.args.key
    await check_store(session.connection, store)
    await register(session.connection, store, key, install_id="", how=How.ACCEPTED, now=session.now)
    session.tell(
        {"store": store, "public_key": key},
        say("accepted; now `store-hq parked retry {store}`", store=store),
    )


async def _check(session: Session) -> None:
    store, (seq, digits) = session.args.store, session.args.paper
    await check_store(session.connection, store)
    paper = await check_paper(session.connection, store, seq, digits)
    if paper.verdict is PaperVerdict.ANOTHER:
        raise AdminError(
            "head office holds another event {seq} than on the paper: the store's journal was"
            " changed after it was printed; `store-hq compare {store}`",
            seq=seq,
            store=store,
        )
    session.tell(paper, _words(paper))


def _words(paper: Paper) -> str:
    match paper.verdict:
        case PaperVerdict.HELD if paper.z_no is not None:
            return say(
                "head office holds it, and all before it: till {till}, Z{z_no} of {day}",
                till=paper.till,
                z_no=paper.z_no,
                day=paper.business_date,
            )
        case PaperVerdict.HELD if paper.parked == STRANGE_KEY:
            return say(
                "head office holds it, and does not believe it: its key is not this store's"
                " (`store-hq closings keys`); `store-hq closings accept` if you know it"
            )
        case PaperVerdict.HELD:
            return say("head office holds it, and all before it; it is no Z report that it applied")
        case PaperVerdict.LEFT_BEHIND:
            return say(
                "head office holds it, of a journal that the store no longer has: its disk was set"
                " back, or its PC replaced; it stays in effect"
            )
        case _:
            return say(
                "not received: head office has the store's journal up to {received}; the store has"
                " yet to send it, or it was lost with its disk",
                received=paper.received,
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
