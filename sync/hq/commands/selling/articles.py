"""store-hq articles: what is sold, at which price."""

import re
from functools import partial

from msgspec.structs import asdict

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.hits import stores_hear
from sync.hq.commands.language import say
from sync.hq.commands.output import print_json
from sync.hq.commands.tables.cells import price, rate, seen, words, yes
from sync.hq.commands.tables.columns import Column
from sync.hq.commands.tables.gtins import gtin
from sync.hq.commands.tables.importing import Files, imports, undoes
from sync.hq.commands.tables.sku import SKU
from sync.hq.errors import AdminError
from sync.hq.selling.article_files import ArticleFiles
from sync.hq.selling.articles import list_articles, withdraw_articles
from sync.hq.selling.price_files import settled
from sync.protocol.changes import MAX_CATEGORIES

MAX_NAME_CHARS = 128
MAX_MNEMONIC_CHARS = 32
MAX_GROUP_CHARS = 64
"""Of what a store takes (sync/protocol/changes.py)."""
MAX_CATEGORIES_CHARS = 2_000

_BY_WEIGHT = ("yes", "true", "1", "y", "kg", "weight", "是", "称重", "公斤", "千克")
_BY_PIECE = ("no", "", "false", "0", "n", "piece", "pcs", "否", "计件", "件", "个")

_COLUMNS = {
    "sku": "SKU",
    "name": "NAME",
    "price_fen": "PRICE",
    "gtin": "GTIN",
    "weighed": "BY WEIGHT",
    "mnemonic": "MNEMONIC",
    "tax_bp": "TAX",
    "withdrawn": "OUT OF SALE",
}

_BETWEEN = re.compile(r"[>;|；＞｜]")
"""Between the categories of a cell, from the widest down or in any order: 饮料>碳酸饮料."""


def _categories(cell: str) -> list[str]:
    text = words(cell, column="categories", most=MAX_CATEGORIES_CHARS)
    named = [name.strip() for name in _BETWEEN.split(text) if name.strip()]
    found = list(dict.fromkeys(named))
    if len(found) > MAX_CATEGORIES or any(len(name) > MAX_GROUP_CHARS for name in found):
        raise AdminError(
            "categories: {most} at most, each of {signs} signs at most, with > between them; got"
            " {got}",
            most=MAX_CATEGORIES,
            signs=MAX_GROUP_CHARS,
            got=seen(cell),
        )
    return found


FILES = Files(
    name="articles",
    command="store-hq articles undo",
    columns=(
        SKU,
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
        Column(
            name="categories",
            also=("category", "品类", "分类", "类别", "商品分类", "商品类别"),
            read=_categories,
        ),
        Column(
            name="brand",
            also=("品牌", "商品品牌"),
            read=partial(words, column="brand", most=MAX_GROUP_CHARS),
        ),
        Column(
            name="tax",
            also=("tax_rate", "vat", "税率", "增值税率", "进项税率", "销项税率"),
            field="tax_bp",
            read=partial(rate, column="tax"),
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
        "  or sku,name,price,categories,brand with A001,Milk 250ml,12.50,Food>Dairy,Yili",
    )
    importing.explanation(
        "The tax is that in the price: 13%, 13 or 免税; empty: receipts say nothing of it."
    )
    importing.explanation(
        "Promotions name articles by their categories (an article's own and all those above it,"
        " with > between them) and by their brand."
    )
    imports(
        importing,
        FILES,
        help="sku,name,price (yuan) and maybe gtin, weighed, mnemonic, categories, brand, tax",
    )
    undoes(command.action("undo", help="take the last import of articles back"), FILES)
    withdraw = command.action("withdraw", help="take articles out of sale in every store (停售)")
    withdraw.explanation("Baskets that hold one are told at once; what was sold stays sold.")
    withdraw.option("skus", metavar="SKU", nargs="+")
    withdraw.example("store-hq articles withdraw A001 A002").runs(administrative(_withdraw))
    put_back = command.action("put-back", help="sell articles again that were out of sale")
    put_back.option("skus", metavar="SKU", nargs="+")
    put_back.example("store-hq articles put-back A001").runs(administrative(_put_back))


async def _list(session: Session) -> None:
    known = await list_articles(session.connection)
    articles = [settled(article, session.now) for article in known]
    if session.as_json:  # with every field, also those that the feed leaves out
        print_json([asdict(article) for article in articles])
        return
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
