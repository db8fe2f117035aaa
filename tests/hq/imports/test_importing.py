"""Imports reach the stores by the feed, only what changed, also while the stores go on selling."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.base.strict_json import MAX_INTEGER, parse
from agent.domain.money import MAX_FEN
from sync.hq.commands.members.members import FILES as MEMBERS
from sync.hq.commands.members.members import MAX_TIER_CHARS
from sync.hq.commands.selling.articles import FILES as ARTICLES
from sync.hq.commands.selling.articles import MAX_NAME_CHARS
from sync.hq.commands.stock.stock import FILES as STOCK
from sync.hq.commands.stock.stock import MAX_PIECES
from sync.hq.commands.tables.cells import MAX_CODE_CHARS
from sync.hq.commands.tables.importing import Files
from sync.hq.commands.tables.progress import progress
from sync.hq.commands.tables.table_file import read_table
from sync.hq.database import connect
from sync.hq.errors import AdminError
from sync.hq.imports.importing import Table, preview_back, take_back, take_in
from sync.hq.imports.mistakes import Mistakes, Place
from sync.hq.imports.plan import FileRow, Plan
from sync.hq.imports.record import KEPT_RUNS
from sync.hq.members.member_files import MemberFiles
from sync.hq.members.members import MAX_POINTS, list_members
from sync.hq.selling.article_files import ArticleFiles
from sync.hq.selling.articles import list_articles, withdraw_articles
from sync.hq.settings import DatabaseSection
from sync.hq.stock import list_stock
from sync.hq.stock_files import StockFiles
from sync.protocol.changes import ArticleChange, MemberChange, StockChange
from sync.protocol.messages import Entity
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON

ADA = "a" * 24


def rows(**fields_by_key: dict[str, Any]) -> list[FileRow]:
    return [
        FileRow(Place(line, line), key, fields)
        for line, (key, fields) in enumerate(fields_by_key.items(), 2)
    ]


async def take(hq: HeadOffice, table: Table, given: Sequence[FileRow]) -> Plan:
    return await take_in(hq.db, table, given, Mistakes("x"), file="x", now=hq.clock.wall())


async def undo(hq: HeadOffice, table: Table) -> Plan:
    run, _ = await preview_back(hq.db, table)
    return await take_back(hq.db, table, run, now=hq.clock.wall())


async def take_file(hq: HeadOffice, folder: Path, files: Files, table: Table, text: str) -> None:
    file = folder / "table.csv"
    file.write_text(text, "utf-8")
    mistakes = Mistakes("x")
    with progress() as shown:
        given = read_table(file, files.columns, encoding=None, mistakes=mistakes, progress=shown)
    await take_in(hq.db, table, given, mistakes, file="x", now=NOON)


def article(fen: int, **more: str) -> dict[str, Any]:
    return {"name": "x", "price_fen": fen, **more}


async def test_stores_hear_of_what_changes_alone(hq: HeadOffice, store: StoreClient) -> None:
    await take(hq, ArticleFiles(), rows(A1=article(1), A2=article(2)))
    await take(hq, ArticleFiles(), rows(A1=article(1), A2=article(3)))
    await take(hq, StockFiles("MB001"), rows(A1={"pieces": 5}))
    await take(hq, StockFiles("MB001"), rows(A1={"pieces": 5}, A2={"pieces": 0}))
    for _ in range(2):
        await take(hq, MemberFiles(), rows(**{ADA: {"tier": "gold", "stores": ["MB001"]}}))

    told = await store.changes("article")
    assert [(one["sku"], one["price_fen"]) for one in told] == [("A1", 1), ("A2", 2), ("A2", 3)]
    told = await store.changes("stock")
    assert [(one["sku"], one["quantity"]) for one in told] == [("A1", 5), ("A2", 0)]
    assert [one["tier"] for one in await store.changes("member")] == ["gold"]


async def test_an_article_that_was_taken_back_is_out_of_sale_where_it_was_heard_of(
    hq: HeadOffice, store: StoreClient
) -> None:
    await take(hq, ArticleFiles(), rows(A1=article(1)))

    await undo(hq, ArticleFiles())

    assert [one.get("withdrawn", False) for one in await store.changes("article")] == [False, True]
    await take(hq, ArticleFiles(), rows(A1=article(1)))
    assert [one.get("withdrawn", False) for one in await store.changes("article")] == [
        False,
        True,
        False,
    ]
    assert [one.withdrawn for one in await list_articles(hq.db)] == [False]


async def test_a_new_article_that_was_withdrawn_since_stays_so(hq: HeadOffice) -> None:
    await take(hq, ArticleFiles(), rows(A1=article(1)))
    await withdraw_articles(hq.db, ["A1"])

    assert (await undo(hq, ArticleFiles())).kept == ["A1"]

    assert [one.withdrawn for one in await list_articles(hq.db)] == [True]


async def test_an_import_leaves_out_of_sale_what_is(hq: HeadOffice, store: StoreClient) -> None:
    await take(hq, ArticleFiles(), rows(A1=article(1)))
    await withdraw_articles(hq.db, ["A1"])

    await take(hq, ArticleFiles(), rows(A1=article(2)))

    assert [one.get("withdrawn", False) for one in await store.changes("article")] == [
        False,
        True,
        True,
    ]
    await undo(hq, ArticleFiles())
    assert [(one.price_fen, one.withdrawn) for one in await list_articles(hq.db)] == [(1, True)]


async def test_sales_since_a_count_stay_when_it_is_taken_back(
    hq: HeadOffice, store: StoreClient
) -> None:
    await take(hq, ArticleFiles(), rows(A1=article(1)))
    await take(hq, StockFiles("MB001"), rows(A1={"pieces": 10}))
    await take(hq, StockFiles("MB001"), rows(A1={"pieces": 4}))
    journal = store.journal()
    journal.sell(skus=("A1",))
    await store.send(journal)

    await undo(hq, StockFiles("MB001"))

    assert [(one.sku, one.quantity) for one in await list_stock(hq.db, "MB001")] == [("A1", 9)]
    told = (await store.changes("stock"))[-1]
    assert (told["quantity"], told["through_seq"]) == (9, 1)
    await undo(hq, StockFiles("MB001"))
    assert [one.quantity for one in await list_stock(hq.db, "MB001")] == [-1]


async def test_a_member_that_was_taken_back_is_forgotten_in_its_stores(
    hq: HeadOffice, store: StoreClient
) -> None:
    member = {"tier": "gold", "points": 5, "phone_masked": "138****5678", "stores": ["MB001"]}
    await take(hq, MemberFiles(), rows(**{ADA: member}))

    await undo(hq, MemberFiles())

    assert await list_members(hq.db) == []
    assert (await store.changes("member"))[-1] is None


async def test_a_member_who_bought_something_since_stays_and_so_does_what_the_store_knows(
    hq: HeadOffice, store: StoreClient
) -> None:
    other = await hq.store("MB002")
    await take(hq, MemberFiles(), rows(**{ADA: {"tier": "", "stores": []}}))
    await take(hq, MemberFiles(), rows(**{ADA: {"tier": "gold", "stores": ["MB001", "MB002"]}}))
    journal = store.journal()
    journal.sell(member_id=ADA)
    await store.send(journal)
    await hq.settle()

    plan = await undo(hq, MemberFiles())

    [ada] = await list_members(hq.db)
    assert (ada.tier, ada.points, ada.stores, plan.kept) == ("", 10, ("MB001",), [ADA])
    assert (await store.changes("member"))[-1]["points"] == 10
    assert (await other.changes("member"))[-1] is None
    assert (await undo(hq, MemberFiles())).kept == [ADA]
    assert len(await list_members(hq.db)) == 1


async def test_points_of_known_members_are_not_for_a_file_to_say(hq: HeadOffice) -> None:
    await take(hq, MemberFiles(), rows(**{ADA: {"points": 7}}))

    plan = await take(hq, MemberFiles(), rows(**{ADA: {"points": 8}}))

    assert (plan.changes, plan.kept) == ([], [ADA])
    assert [member.points for member in await list_members(hq.db)] == [7]


async def test_points_that_no_store_can_read_are_mended_by_a_file(
    hq: HeadOffice, store: StoreClient
) -> None:
    await take(hq, MemberFiles(), rows(**{ADA: {"points": 7, "stores": ["MB001"]}}))
    await hq.db.execute("UPDATE member SET points = $1", MAX_INTEGER + 1)  # as taken until now

    await take(hq, MemberFiles(), rows(**{ADA: {"tier": "gold", "points": 8}}))

    assert [member.points for member in await list_members(hq.db)] == [8]
    assert (await store.changes("member"))[-1]["points"] == 8


async def test_every_store_can_read_what_a_file_at_its_limits_brings(
    hq: HeadOffice, store: StoreClient, tmp_path: Path
) -> None:
    sku, name, tier = (
        "\U00020000" * MAX_CODE_CHARS,
        "\U0001f95b" * MAX_NAME_CHARS,
        "金" * MAX_TIER_CHARS,
    )
    await take_file(
        hq, tmp_path, ARTICLES, ArticleFiles(), f"sku,name,price\n{sku},{name},{MAX_FEN // 100}\n"
    )
    await take_file(hq, tmp_path, STOCK, StockFiles("MB001"), f"sku,pieces\n{sku},{MAX_PIECES}\n")
    for sign, member in (("", ADA), ("-", "b" * 24)):
        await take_file(
            hq,
            tmp_path,
            MEMBERS,
            MemberFiles(),
            f"member_id,tier,points,phone,stores\n{member},{tier},{sign}{MAX_POINTS},13812345678,MB001\n",
        )

    page = await store.page()
    read = {Entity.ARTICLE: ArticleChange, Entity.STOCK: StockChange, Entity.MEMBER: MemberChange}
    told = [
        msgspec.convert(parse(bytes(change.body)), read[Entity(change.entity)])
        for change in page.changes
        if change.entity in read
    ]
    assert len(told) == 4


async def test_imports_at_once_never_give_one_bar_code_to_two_articles(
    hq: HeadOffice, hq_dsn: str
) -> None:
    connections = [await connect(DatabaseSection(dsn=hq_dsn)) for _ in range(4)]
    try:
        done = await asyncio.gather(
            *(
                take_in(
                    connection,
                    ArticleFiles(),
                    rows(**{f"A{n}": article(1, gtin="96385074")}),
                    Mistakes("x"),
                    file="x",
                    now=NOON,
                )
                for n, connection in enumerate(connections)
            ),
            return_exceptions=True,
        )
    finally:
        for connection in connections:
            await connection.close()

    assert sorted(isinstance(one, AdminError) for one in done) == [False, True, True, True]
    assert len(await list_articles(hq.db)) == 1


async def test_what_was_previewed_is_taken_back_or_nothing(hq: HeadOffice) -> None:
    await take(hq, ArticleFiles(), rows(A1=article(1)))
    run, _ = await preview_back(hq.db, ArticleFiles())
    await take(hq, ArticleFiles(), rows(A1=article(2)))

    with pytest.raises(AdminError, match="meanwhile"):
        await take_back(hq.db, ArticleFiles(), run, now=NOON)

    assert [one.price_fen for one in await list_articles(hq.db)] == [2]


async def test_old_imports_are_forgotten(hq: HeadOffice) -> None:
    for fen in range(KEPT_RUNS + 3):
        await take(hq, ArticleFiles(), rows(A1=article(fen)))

    assert await hq.count("import_run") == KEPT_RUNS
    assert await hq.count("import_row") == KEPT_RUNS
    for _ in range(KEPT_RUNS):
        await undo(hq, ArticleFiles())
    with pytest.raises(AdminError, match="no import to take back"):
        await undo(hq, ArticleFiles())
    assert [one.price_fen for one in await list_articles(hq.db)] == [2]


async def test_stock_of_no_store_is_refused(hq: HeadOffice) -> None:
    with pytest.raises(AdminError, match="no store 'MB009'"):
        await take(hq, StockFiles("MB009"), rows(A1={"pieces": 5}))
