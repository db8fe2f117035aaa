"""Lookup: articles, members and stock, by what a cashier types. Writes nothing."""

import re
from typing import Annotated

from msgspec import Meta, Struct

from agent.base.plain_signs import plain
from agent.base.redaction import redact
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import FreeText
from agent.services.selling.errors import NoSuchArticleError
from agent.store import members
from agent.store.members import Member
from agent.store.selling import lookup
from agent.store.selling.lookup import ArticleInStock
from agent.store.sqlite import Connection

MAX_FOUND = 20

_NARROW = {
    wide: wide - 0xFEE0
    for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for wide in range(ord(first), ord(last) + 1)
}
"""Full-width letters and digits, as input methods type them: ｈｆｓ is hfs."""

_MEMBER_ID = re.compile(r"[0-9a-f]{24}")


class ArticleQuery(Struct, frozen=True, kw_only=True):
    """What to look for."""

    query: FreeText
    """Part of the name, the sku or the GTIN, initials or full pinyin of the name, or its 助记码; of
    several words, each."""
    limit: Annotated[int, Meta(ge=1, le=MAX_FOUND)] = MAX_FOUND


class FoundArticles(Struct, frozen=True, kw_only=True):
    """The best matches first."""

    articles: tuple[ArticleInStock, ...]
    more: bool
    """Whether there are more than were asked for: type more of it."""


class MemberQuery(Struct, frozen=True, kw_only=True):
    """What to look for."""

    query: Annotated[
        str,
        Meta(
            pattern=r"\A([0-9a-f]{24}|[0-9]{4}|"
            r"(\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4})\Z",
            description="Member id, last four digits of the phone, or the whole number: it is "
            "masked before it is looked for, and never kept.",
        ),
    ]


class FoundMembers(Struct, frozen=True, kw_only=True):
    """Whoever it may be: numbers are masked, so several may look alike."""

    members: tuple[Member, ...]
    more: bool
    """Whether there are more than can be told."""


async def find_articles(desk: StoreDesk, order: ArticleQuery) -> FoundArticles:
    """Return the articles that fit best."""
    text = " ".join(order.query.translate(_NARROW).split())
    found = await desk.database.read_aside(
        lambda db: lookup.articles_like(db, text, order.limit + 1) if text else []
    )
    now = desk.time.now()
    return FoundArticles(
        articles=tuple(one.at(now) for one in found[: order.limit]), more=len(found) > order.limit
    )


async def find_members(desk: StoreDesk, order: MemberQuery) -> FoundMembers:
    """Return the members that fit."""
    found = await desk.database.read(lambda db: _members(db, order.query))
    return FoundMembers(members=tuple(found[:MAX_FOUND]), more=len(found) > MAX_FOUND)


async def find_stock(desk: StoreDesk, sku: str) -> ArticleInStock:
    """Return an article with its stock; raise NoSuchArticleError."""
    found = await desk.database.read(lambda db: lookup.article_in_stock(db, sku))
    if found is None:
        raise NoSuchArticleError("this article is not known here")
    return found.at(desk.time.now())


def _members(db: Connection, query: str) -> list[Member]:
    if _MEMBER_ID.fullmatch(query):
        found = members.member(db, query)
        return [found] if found else []
    return members.members_by_phone(db, _masked(query), MAX_FOUND + 1)


def _masked(query: str) -> str:
    """Return `138****5678` of a whole number, and the last four digits as they are."""
    return redact(re.sub(r"[^0-9]", "", plain(query))[-11:])
