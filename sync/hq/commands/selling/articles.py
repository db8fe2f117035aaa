"""store-hq articles: what is sold, at which price."""

from pathlib import Path

import msgspec

from agent.domain.money import parse_yuan
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.commands.table_file import read_table
from sync.hq.selling.articles import list_articles, put_articles
from sync.protocol.changes import ArticleChange

_COLUMNS = {"sku": "SKU", "name": "NAME", "price_fen": "PRICE", "gtin": "GTIN"}


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show the articles").runs(administrative(_list))
    importing = command.action("import", help="add or change articles from a CSV file")
    importing.option("file", type=Path, metavar="CSV", help="sku,name,price and maybe gtin; yuan")
    importing.example("store-hq articles import articles.csv    # sku,name,price")
    importing.runs(administrative(_import))


async def _list(session: Session) -> None:
    articles = await list_articles(session.connection)
    empty = "no article yet; `store-hq articles import` adds some"
    session.show(articles, empty=empty, columns=_COLUMNS)


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
