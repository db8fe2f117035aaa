"""store-hq stock: what a store has."""

import argparse
import re
from collections.abc import Iterable
from functools import partial

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.commands.tables.cells import whole
from sync.hq.commands.tables.columns import Column
from sync.hq.commands.tables.importing import Files, imports, undoes
from sync.hq.commands.tables.sku import SKU
from sync.hq.errors import AdminError
from sync.hq.stock import list_stock, receive_stock, set_stock
from sync.hq.stock_files import StockFiles

MAX_PIECES = 999_999_999

_ENTRY = re.compile(r"(.{1,64})=(-?\d{1,9})", re.ASCII)
_COLUMNS = {"sku": "SKU", "quantity": "PIECES"}

Entry = tuple[str, int]
"""An article and its pieces."""

FILES = Files(
    name="articles",
    command="store-hq stock undo",
    columns=(
        SKU,
        Column(
            name="pieces",
            also=("quantity", "count", "件数", "数量", "库存"),
            read=partial(whole, column="pieces", least=0, most=MAX_PIECES),
            required=True,
        ),
    ),
    table=lambda session: StockFiles(session.args.store),
)


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
    importing = command.action("import", help="set the stock from a table file of counts")
    importing.option("store", metavar="CODE")
    importing.example("store-hq stock import MB001 counts.csv --dry-run    # sku,pieces")
    imports(importing, FILES, help="sku,pieces; others stay as they are")
    undoing = command.action("undo", help="take a store's last import of counts back")
    undoing.option("store", metavar="CODE")
    undoes(undoing, FILES)


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


def _once(entries: Iterable[Entry]) -> dict[str, int]:
    """Refuse an article that is named twice: which of the figures is meant can't be told."""
    figures: dict[str, int] = {}
    for sku, pieces in entries:
        if sku in figures:
            raise AdminError("article {sku} is named twice", sku=sku)
        figures[sku] = pieces
    return figures
