"""store-hq prices: prices that begin later, at the same instant in every store."""

from functools import partial

import msgspec

from agent.base.clock import Millis
from agent.domain.selling.prices import price_at, still_planned
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.hits import stores_hear
from sync.hq.commands.language import say
from sync.hq.commands.tables.cells import moment, price
from sync.hq.commands.tables.columns import Column
from sync.hq.commands.tables.importing import Files, imports, undoes
from sync.hq.commands.tables.sku import SKU
from sync.hq.selling.articles import list_articles
from sync.hq.selling.price_files import PriceFiles, cancel_prices

_COLUMNS = {
    "sku": "SKU",
    "name": "NAME",
    "now_fen": "NOW",
    "price_fen": "PRICE",
    "starts_at": "STARTS",
    "ends_at": "ENDS",
}


class PlannedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A planned price of an article."""

    sku: str
    name: str
    now_fen: int
    """What the article costs now."""
    price_fen: int
    starts_at: Millis
    ends_at: Millis | None


def _files(session: Session) -> PriceFiles:
    return PriceFiles(now=session.now, zone=session.zone)


FILES = Files(
    name="prices",
    command="store-hq prices undo",
    columns=(
        SKU,
        Column(
            name="price",
            also=("价格", "售价", "单价", "零售价", "新价", "特价"),
            field="price_fen",
            read=partial(price, column="price"),
            required=True,
        ),
        Column(
            name="from",
            also=("starts", "开始", "开始时间", "生效时间", "生效日期"),
            field="starts",
            read=partial(moment, column="from", required=True),
            required=True,
        ),
        Column(
            name="to",
            also=("ends", "结束", "结束时间", "失效时间", "失效日期"),
            field="ends",
            read=partial(moment, column="to", is_end=True),
        ),
    ),
    table=_files,
)


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show the prices that begin later, and special ones").runs(
        administrative(_list)
    )
    importing = command.action("import", help="plan prices from a table file")
    importing.explanation(
        "A price without an end stays from its begin on, one with an end is special and counts"
        " while it lasts. A day means its beginning under from, and the whole of it under to, in"
        " the chain's time. Stores know the prices before they begin, and go by them at that"
        " instant, with the line cut, too."
    )
    importing.example(
        "store-hq prices import january.csv --dry-run    # sku,price,from,to",
        "  A001,11.90,2027-01-01,",
        "  A002,9.90,2027-01-01,2027-01-07",
    )
    imports(importing, FILES, help="sku,price (yuan),from and maybe to")
    undoes(command.action("undo", help="take the last import of prices back"), FILES)
    cancel = command.action("cancel", help="take back the planned prices of articles")
    cancel.explanation("Also a special price that lasts; what has begun to stay goes on.")
    cancel.option("skus", metavar="SKU", nargs="+")
    cancel.example("store-hq prices cancel A001 A002").runs(administrative(_cancel))


async def _list(session: Session) -> None:
    rows = [
        PlannedRow(
            sku=article.sku,
            name=article.name,
            now_fen=price_at(article.price_fen, article.planned, session.now),
            price_fen=one.price_fen,
            starts_at=Millis(one.starts_at),
            ends_at=Millis(one.ends_at) if one.ends_at is not None else None,
        )
        for article in await list_articles(session.connection)
        for one in still_planned(article.planned, session.now)
    ]
    empty = "no price is planned; `store-hq prices import` plans some"
    session.show(rows, empty=empty, columns=_COLUMNS)


async def _cancel(session: Session) -> None:
    changed = await cancel_prices(session.connection, session.args.skus, now=session.now)
    session.tell(
        {"cancelled": changed},
        say("articles whose planned prices were taken back: {count}", count=changed),
        await stores_hear(session),
    )
