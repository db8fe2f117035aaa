"""store-hq articles: what is sold, at which price."""

from pathlib import Path

import msgspec

from agent.domain.money import parse_yuan
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.hits import stores_hear
from sync.hq.commands.language import say
from sync.hq.commands.table_file import read_table
from sync.hq.selling.articles import list_articles, put_articles, withdraw_articles
from sync.protocol.changes import ArticleChange

_COLUMNS = {
    "sku": "SKU",
    "name": "NAME",
    "price_fen": "PRICE",
    "gtin": "GTIN",
    "withdrawn": "OUT OF SALE",
}


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show the articles").runs(administrative(_list))
    importing = command.action("import", help="add or change articles from a CSV file")
    importing.option("file", type=Path, metavar="CSV", help="sku,name,price and maybe gtin; yuan")
    importing.example("store-hq articles import articles.csv    # sku,name,price")
    importing.runs(administrative(_import))
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


async def _import(session: Session) -> None:
    articles = read_table(
        session.args.file, required=["sku", "name", "price"], optional=["gtin"], row=_article
    )
    changed = await put_articles(session.connection, articles)
    session.tell(
        {"articles": len(articles), "changed": changed},
        say("{count} articles, {changed} new or changed", count=len(articles), changed=changed),
    )


def _article(*, sku: str, name: str, price: str, gtin: str = "") -> ArticleChange:
    fields = {"sku": sku, "name": name, "price_fen": parse_yuan(price), "gtin": gtin}
    return msgspec.convert(fields, ArticleChange)
