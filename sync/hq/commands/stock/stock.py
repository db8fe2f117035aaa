"""store-hq stock: what a store has."""

import argparse
import re

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.output import print_json, print_rows
from sync.hq.stock import list_stock, receive_stock, set_stock

_ENTRY = re.compile(r"(.{1,64})=(-?\d{1,9})", re.ASCII)


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show a store's stock")
    listing.option("store", metavar="CODE").runs(administrative(_list))
    setting = command.action("set", help="set the stock, as counted after all received sales")
    _entries(setting).example("store-hq stock set MB001 A001=40 A002=12")
    setting.runs(administrative(_set))
    adding = command.action("add", help="add delivered pieces to the stock")
    _entries(adding).example("store-hq stock add MB001 A001=24")
    adding.runs(administrative(_add))


async def _list(session: Session) -> None:
    stock = await list_stock(session.connection, session.args.store)
    empty = "no stock; `store-hq stock set` sets it"
    columns = {"sku": "SKU", "quantity": "PIECES"}
    print_rows(stock, as_json=session.as_json, empty=empty, columns=columns)


async def _set(session: Session) -> None:
    await set_stock(session.connection, session.args.store, dict(session.args.entries))
    _done(session)


async def _add(session: Session) -> None:
    await receive_stock(session.connection, session.args.store, dict(session.args.entries))
    _done(session)


def _done(session: Session) -> None:
    if session.as_json:
        print_json({"store": session.args.store, "articles": len(session.args.entries)})
    else:
        print(f"stock of {len(session.args.entries)} articles changed in {session.args.store}")


def _entries(command: Command) -> Command:
    command.option("store", metavar="CODE")
    return command.option("entries", metavar="SKU=PIECES", type=_entry, nargs="+")


def _entry(text: str) -> tuple[str, int]:
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"expected SKU=PIECES, got {text!r}")
    return match[1], int(match[2])
