"""Operations that look up articles, members and stock."""

from agent.api.operation import Call, Operation, told
from agent.services.selling.lookup import (
    ArticleQuery,
    FoundArticles,
    FoundMembers,
    MemberQuery,
    find_articles,
    find_members,
    find_stock,
)
from agent.services.selling.quick import QuickArticles, quick_articles
from agent.store.idempotency import Answer
from agent.store.selling.lookup import ArticleInStock


def lookup_operations() -> tuple[Operation, ...]:
    """Return the operations that look things up."""
    return (
        Operation(
            method="GET",
            path="/api/v1/articles",
            name="find_articles",
            summary="Find articles by part of name, sku, GTIN, pinyin or 助记码; with stock.",
            query=ArticleQuery,
            answer=FoundArticles,
            statuses={200: "the best matches first"},
            run=_find_articles,
        ),
        Operation(
            method="GET",
            path="/api/v1/quick-articles",
            name="quick_articles",
            summary="List articles without a maker's bar code, what sells at this hour first.",
            answer=QuickArticles,
            statuses={200: "the most likely first"},
            run=_quick_articles,
        ),
        Operation(
            method="GET",
            path="/api/v1/members",
            name="find_members",
            summary="Find members by id, last four digits of the phone, or whole number.",
            query=MemberQuery,
            answer=FoundMembers,
            statuses={200: "whoever it may be, with masked numbers"},
            run=_find_members,
        ),
        Operation(
            method="GET",
            path="/api/v1/stock/{sku}",
            name="find_stock",
            summary="Say how many pieces of an article this store has.",
            answer=ArticleInStock,
            statuses={200: "the article with its stock"},
            run=_find_stock,
        ),
    )


async def _find_articles(call: Call) -> Answer:
    return told(await find_articles(call.desk, call.query))


async def _quick_articles(call: Call) -> Answer:
    return told(await quick_articles(call.desk))


async def _find_members(call: Call) -> Answer:
    return told(await find_members(call.desk, call.query))


async def _find_stock(call: Call) -> Answer:
    return told(await find_stock(call.desk, call.path["sku"]))
