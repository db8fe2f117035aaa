"""store-hq articles: what is sold, at which price."""

import re
from pathlib import Path

import msgspec

from agent.domain.money import MAX_FEN
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.output import print_json, print_rows
from sync.hq.commands.table_file import read_table
from sync.hq.selling.articles import list_articles, put_articles
from sync.protocol.changes import ArticleChange

_COLUMNS = {"sku": "SKU", "name": "NAME", "price_fen": "PRICE fen", "gtin": "GTIN"}
_YUAN = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)


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
    print_rows(articles, as_json=session.as_json, empty=empty, columns=_COLUMNS)


async def _import(session: Session) -> None:
    articles = read_table(
        session.args.file, required=["sku", "name", "price"], optional=["gtin"], row=_article
    )
    changed = await put_articles(session.connection, articles)
    if session.as_json:
        print_json({"articles": len(articles), "changed": changed})
    else:
        print(f"{len(articles)} articles, {changed} new or changed")


def _article(*, sku: str, name: str, price: str, gtin: str = "") -> ArticleChange:
    fields = {"sku": sku, "name": name, "price_fen": _fen(price), "gtin": gtin}
    return msgspec.convert(fields, ArticleChange)


def _fen(text: str) -> int:
    match = _YUAN.fullmatch(text)
    if match is None:
        raise ValueError(f"a price is in yuan, such as 12.50; got {text!r}")
    fen = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if fen > MAX_FEN:
        raise ValueError(f"no article costs {text} yuan")
    return fen
