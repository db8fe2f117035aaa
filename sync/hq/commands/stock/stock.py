"""store-hq stock: what a store has."""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.commands.table_file import read_table
from sync.hq.errors import AdminError
from sync.hq.stock import list_stock, receive_stock, set_stock

_ENTRY = re.compile(r"(.{1,64})=(-?\d{1,9})", re.ASCII)
_PIECES = re.compile(r"\d{1,9}", re.ASCII)
_COLUMNS = {"sku": "SKU", "quantity": "PIECES"}

Entry = tuple[str, int]
"""An article and its pieces."""


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show a store's stock")
    of_store(listing).example("store-hq stock list --store MB001").runs(administrative(_list))
    setting = command.action("set", help="set the stock, as counted after all received sales")
    _entries(setting).example("store-hq stock set MB001 A001=40 A002=12")
    setting.runs(administrative(_set))
    adding = command.action("add", help="add delivered pieces to the stock; -3 takes 3 away")
    _entries(adding).example("store-hq stock add MB001 A001=24 A002=-3")
    adding.runs(administrative(_add))
    importing = command.action("import", help="set the stock from a CSV file of counts")
    importing.option("store", metavar="CODE")
    importing.option("file", type=Path, metavar="CSV", help="sku,pieces; others stay as they are")
    importing.example("store-hq stock import MB001 counts.csv    # sku,pieces")
    importing.runs(administrative(_import))


async def _list(session: Session) -> None:
    store = await asked_store(session)
    if store is None:
        raise AdminError("name the store: `store-hq stock list --store MB001`")
    stock = await list_stock(session.connection, store)
    session.show(stock, empty="no stock; `store-hq stock set` sets it", columns=_COLUMNS)


async def _set(session: Session) -> None:
    entries = _once(session.args.entries)
    await set_stock(session.connection, session.args.store, entries)
    _done(session, entries)


async def _add(session: Session) -> None:
    entries = _once(session.args.entries)
    await receive_stock(session.connection, session.args.store, entries)
    _done(session, entries)


async def _import(session: Session) -> None:
    counts = read_table(session.args.file, required=["sku", "pieces"], optional=[], row=_count)
    entries = _once(counts)
    await set_stock(session.connection, session.args.store, entries)
    _done(session, entries)


def _done(session: Session, entries: dict[str, int]) -> None:
    store = session.args.store
    session.tell(
        {"store": store, "articles": len(entries)},
        say("articles whose stock changed in {store}: {count}", count=len(entries), store=store),
    )


def _entries(command: Command) -> Command:
    command.option("store", metavar="CODE")
    return command.option("entries", metavar="SKU=PIECES", type=_entry, nargs="+")


def _entry(text: str) -> Entry:
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(say("expected SKU=PIECES, got {text}", text=repr(text)))
    return match[1], int(match[2])


def _count(*, sku: str, pieces: str) -> Entry:
    if not sku or not _PIECES.fullmatch(pieces):
        raise AdminError(
            "expected an article and its whole pieces, 0 or more; got {sku}, {pieces}",
            sku=repr(sku),
            pieces=repr(pieces),
        )
    return sku, int(pieces)


def _once(entries: Iterable[Entry]) -> dict[str, int]:
    """Refuse an article that is named twice: which of the figures is meant can't be told."""
    figures: dict[str, int] = {}
    for sku, pieces in entries:
        if sku in figures:
            raise AdminError("article {sku} is named twice", sku=sku)
        figures[sku] = pieces
    return figures
