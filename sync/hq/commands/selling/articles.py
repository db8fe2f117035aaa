"""store-hq articles: what is sold, at which price."""

from functools import partial

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.hits import stores_hear
from sync.hq.commands.language import say
from sync.hq.commands.tables.cells import code, price, words, yes
from sync.hq.commands.tables.columns import Column
from sync.hq.commands.tables.gtins import gtin
from sync.hq.commands.tables.importing import Files, imports, undoes
from sync.hq.selling.article_files import ArticleFiles
from sync.hq.selling.articles import list_articles, withdraw_articles

MAX_NAME_CHARS = 128
MAX_MNEMONIC_CHARS = 32
"""Of what a store takes (sync/protocol/changes.py)."""

_BY_WEIGHT = ("yes", "true", "1", "y", "kg", "weight", "是", "称重", "公斤", "千克")
_BY_PIECE = ("no", "", "false", "0", "n", "piece", "pcs", "否", "计件", "件", "个")

_COLUMNS = {
    "sku": "SKU",
    "name": "NAME",
    "price_fen": "PRICE",
    "gtin": "GTIN",
    "weighed": "BY WEIGHT",
    "mnemonic": "MNEMONIC",
    "withdrawn": "OUT OF SALE",
}

FILES = Files(
    name="articles",
    command="store-hq articles undo",
    columns=(
        Column(
            name="sku",
            also=("货号", "编码", "编号", "商品编码", "商品编号", "商品货号"),
            read=partial(code, column="sku"),
            required=True,
        ),
        Column(
            name="name",
            also=("名称", "品名", "商品名", "商品名称"),
            read=partial(words, column="name", most=MAX_NAME_CHARS, required=True),
            required=True,
        ),
        Column(
            name="price",
            also=("价格", "售价", "单价", "零售价"),
            field="price_fen",
            read=partial(price, column="price"),
            required=True,
        ),
        Column(
            name="gtin",
            also=("ean", "barcode", "条码", "条形码", "商品条码", "国际条码"),
            read=partial(gtin, column="gtin"),
        ),
        Column(
            name="weighed",
            also=("称重", "是否称重", "计价方式"),
            read=partial(yes, column="weighed", signs=_BY_WEIGHT, others=_BY_PIECE),
        ),
        Column(
            name="mnemonic",
            also=("助记码", "快捷码"),
            read=partial(words, column="mnemonic", most=MAX_MNEMONIC_CHARS),
        ),
    ),
    table=lambda _session: ArticleFiles(),
)


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show the articles").runs(administrative(_list))
    importing = command.action("import", help="add or change articles from a table file")
    importing.example(
        "store-hq articles import articles.csv --dry-run    # sku,name,price,gtin,weighed,mnemonic",
        "  A001,牛奶 250ml,12.50,6901234567892",
    )
    imports(importing, FILES, help="sku,name,price (yuan) and maybe gtin, weighed, mnemonic")
    undoes(command.action("undo", help="take the last import of articles back"), FILES)
    withdraw = command.action("withdraw", help="take articles out of sale in every store (停售)")
    withdraw.explanation("Baskets that hold one are told at once; what was sold stays sold.")
    withdraw.option("skus", metavar="SKU", nargs="+")
    withdraw.example("store-hq articles withdraw A001 A002").runs(administrative(_withdraw))
    put_back = command.action("put-back", help="sell articles again that were out of sale")
    put_back.option("skus", metavar="SKU", nargs="+")
    put_back.example("store-hq articles put-back A001").runs(administrative(_put_back))


async def _list(session: Session) -> None:
    articles = await list_articles(session.connection)
    empty = "no article yet; `store-hq articles import` adds some"
    session.show(articles, empty=empty, columns=_COLUMNS)


async def _withdraw(session: Session) -> None:
    changed = await withdraw_articles(session.connection, session.args.skus)
    session.tell(
        {"withdrawn": changed},
        say("articles taken out of sale: {count}", count=changed),
        await stores_hear(session),
    )


async def _put_back(session: Session) -> None:
    changed = await withdraw_articles(session.connection, session.args.skus, withdrawn=False)
    session.tell(
        {"put_back": changed},
        say("articles put back into sale: {count}", count=changed),
        await stores_hear(session),
    )
