"""The change feed: in order, complete, and never skipping what commits late."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.database import connect
from sync.hq.feed.announce import EVERY_STORE, Announcement, announce
from sync.hq.selling.articles import put_articles
from sync.hq.settings import DatabaseSection
from sync.hq.stock import set_stock
from sync.hq.trust.restored import begin_incarnation
from sync.protocol.changes import ArticleChange
from sync.protocol.limits import MAX_PAGE_BYTES
from sync.protocol.messages import Entity
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON


@pytest.fixture
async def second(hq_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Another connection to the database."""
    connection = await connect(DatabaseSection(dsn=hq_dsn))
    yield connection
    await connection.close()


def article(sku: str, name: str = "") -> ArticleChange:
    return ArticleChange(sku=sku, name=name, price_fen=100)


async def tell(connection: asyncpg.Connection, sku: str, name: str = "") -> None:
    """Announce an article, within the caller's transaction."""
    change = article(sku, name)
    await announce(connection, Announcement(EVERY_STORE, Entity.ARTICLE, sku, change))


async def skus(store: StoreClient, cursor: str = "") -> list[str]:
    return [change["sku"] for change in await store.changes("article", cursor)]


async def test_a_new_store_gets_everything_that_is_for_it(
    hq: HeadOffice, store: StoreClient
) -> None:
    other = await hq.store("MB002")
    await put_articles(hq.db, [article("1"), article("2")])
    await set_stock(hq.db, "MB001", {"1": 7})

    page = await store.page()

    entities = [change.entity for change in page.changes]
    assert entities == ["key_set", "policy", "article", "article", "stock"]
    assert not page.more
    assert await other.changes("stock") == []


async def test_a_cursor_gives_what_follows_and_stays_when_nothing_does(
    hq: HeadOffice, store: StoreClient
) -> None:
    cursor = (await store.page()).cursor
    await put_articles(hq.db, [article("1")])

    page = await store.page(cursor)
    again = await store.page(page.cursor)

    assert [change.key for change in page.changes] == ["1"]
    assert (again.changes, again.cursor) == ((), page.cursor)


async def test_pages_follow_one_another_without_loss(hq: HeadOffice, store: StoreClient) -> None:
    start = (await store.page()).cursor
    expected = [f"{n:03}" for n in range(25)]
    await put_articles(hq.db, [article(sku) for sku in expected])
    await tell(hq.db, "last")
    cursor, more, seen, sizes = start, True, [], []

    while more:
        page = await store.page(cursor, limit="10")
        cursor, more = page.cursor, page.more
        seen += [change.key for change in page.changes]
        sizes.append(len(page.changes))

    assert seen == [*expected, "last"]
    assert sizes == [10, 10, 6]


async def test_a_page_stays_below_its_limit_of_bytes(hq: HeadOffice, store: StoreClient) -> None:
    start = (await store.page()).cursor
    body = msgspec.json.encode({"name": "n" * (MAX_PAGE_BYTES // 3)}).decode()
    for key in "abcd":
        await hq.db.execute(
            "INSERT INTO change (store, entity, key, body) VALUES ('*', 'article', $1, $2)",
            key,
            body,
        )

    pages = [await store.page(start)]
    while pages[-1].more:
        pages.append(await store.page(pages[-1].cursor))

    assert [[change.key for change in page.changes] for page in pages] == [["a", "b"], ["c", "d"]]


async def test_a_change_that_commits_late_is_not_skipped(
    hq: HeadOffice, store: StoreClient, second: asyncpg.Connection
) -> None:
    start = (await store.page()).cursor
    late = second.transaction()
    await late.start()
    await tell(second, "late")
    await tell(hq.db, "early")

    while_open = await store.page(start)
    await late.commit()

    assert while_open.changes == ()
    assert await skus(store, while_open.cursor) == ["late", "early"]


async def test_control_a_cursor_by_number_alone_skips_a_change_that_commits_late(
    hq: HeadOffice, second: asyncpg.Connection
) -> None:
    naive = "SELECT id, key FROM change WHERE entity = 'article' AND id > $1 ORDER BY id"
    seen: list[tuple[int, str]] = []
    late = second.transaction()
    await late.start()
    await tell(second, "late")
    await tell(hq.db, "early")

    seen += await hq.rows(naive, 0)
    await late.commit()
    seen += await hq.rows(naive, seen[-1][0])

    assert [key for _, key in seen] == ["early"]


async def test_of_two_changes_of_one_thing_the_later_comes_last_whoever_began_first(
    hq: HeadOffice, store: StoreClient, second: asyncpg.Connection
) -> None:
    await _change_in_turn(first_to_begin=second, first_to_lock=hq.db)

    names = [change["name"] for change in await store.changes("article")]

    assert names == ["before", "earlier", "later"]


async def test_control_in_order_of_transactions_the_earlier_change_would_come_last(
    hq: HeadOffice, second: asyncpg.Connection
) -> None:
    await hq.db.execute(
        "ALTER TABLE change ADD xid bigint DEFAULT pg_current_xact_id()::text::bigint"
    )
    await _change_in_turn(first_to_begin=second, first_to_lock=hq.db)

    rows = await hq.rows("SELECT body FROM change WHERE entity = 'article' ORDER BY xid, id")

    assert [msgspec.json.decode(body)["name"] for (body,) in rows][-1] == "earlier"


async def test_concurrent_writers_are_read_once_each_and_in_their_order(
    hq: HeadOffice, store: StoreClient, second: asyncpg.Connection
) -> None:
    cursor = (await store.page()).cursor
    seen: list[str] = []

    async def write(connection: asyncpg.Connection, writer: str) -> None:
        for n in range(60):
            async with connection.transaction():
                await tell(connection, f"{writer}{n:02}")
                await asyncio.sleep(0)

    writers = asyncio.gather(write(hq.db, "a"), write(second, "b"))
    more = True
    while more or not writers.done():
        page = await store.page(cursor, limit="7")
        more = page.more or bool(page.changes)
        cursor = page.cursor
        seen += [change.key for change in page.changes]
    await writers
    seen += [change.key for change in (await store.page(cursor)).changes]

    assert len(seen) == len(set(seen)) == 120
    for writer in "ab":
        mine = [key for key in seen if key.startswith(writer)]
        assert mine == sorted(mine)


@pytest.mark.parametrize(
    "cursor", ["x", "1", "1.2", "1.2.3", "-1.2.00000000", "1" * 193, "1.2.zzzzzzzz", "١.٢.00000000"]
)
async def test_a_malformed_cursor_is_refused(store: StoreClient, cursor: str) -> None:
    answer = await store.get_changes(cursor)

    assert (answer.status, answer.code) == (400, "cursor_malformed")


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "9" * 30])
async def test_a_malformed_limit_is_refused(store: StoreClient, limit: str) -> None:
    answer = await store.get_changes("", limit=limit)

    assert (answer.status, answer.code) == (400, "limit_malformed")


async def test_a_cursor_ahead_of_the_feed_is_gone(store: StoreClient) -> None:
    place, rest = (await store.page()).cursor.split(".", 1)

    answer = await store.get_changes(f"{int(place) + 1_000_000}.{rest}")

    assert (answer.status, answer.code) == (410, "cursor_gone")


async def test_a_cursor_of_an_older_head_office_is_gone(store: StoreClient) -> None:
    incarnation = (await store.page()).cursor.rpartition(".")[2]

    answer = await store.get_changes(f"1.2.{incarnation}")

    assert (answer.status, answer.code) == (410, "cursor_gone")


async def test_a_price_list_does_not_hold_up_a_revocation(
    hq: HeadOffice, store: StoreClient
) -> None:
    (coupon,) = await hq.issue()
    cursor = (await store.page()).cursor
    await put_articles(hq.db, [article(f"{n:04}") for n in range(3_000)])
    first = await store.page(cursor, limit="100")

    await revoke_coupons(hq.db, [coupon], now=NOON)

    second = await store.page(first.cursor, limit="100")
    assert [change.entity for change in first.changes] == ["article"] * 100
    assert (second.changes[0].entity, second.changes[0].key) == ("coupon", coupon)
    rest = await skus(store, second.cursor)
    told = [change.key for change in (*first.changes, *second.changes[1:])]
    assert told + rest == [f"{n:04}" for n in range(3_000)]


async def test_control_in_the_order_of_places_the_revocation_comes_last(hq: HeadOffice) -> None:
    (coupon,) = await hq.issue()
    await put_articles(hq.db, [article(f"{n:04}") for n in range(3_000)])
    await revoke_coupons(hq.db, [coupon], now=NOON)

    rows = await hq.rows("SELECT key FROM change WHERE store = '*' ORDER BY place, id")

    assert rows[-1] == (coupon,)


async def test_stores_at_one_place_are_told_the_same_of_what_is_for_all(
    hq: HeadOffice, store: StoreClient
) -> None:
    other = await hq.store("MB002")
    await put_articles(hq.db, [article("1"), article("2")])
    await set_stock(hq.db, "MB001", {"1": 7, "2": 7})
    await put_articles(hq.db, [article("3")])

    mine, others = await store.page(), await other.page()

    assert [c for c in mine.changes if c.entity != "stock"] == list(others.changes)
    assert mine.cursor.split(".")[:2] == others.cursor.split(".")[:2]
    assert mine.cursor.split(".")[4:6] == others.cursor.split(".")[4:6]


async def test_after_a_restored_backup_every_cursor_is_gone_and_the_feed_begins_anew(
    hq: HeadOffice, store: StoreClient
) -> None:
    page = await store.page()
    await hq.db.execute("UPDATE change SET place = place + 1000000")  # numbers of another cluster
    assert (await store.page()).changes == ()

    await begin_incarnation(hq.db, hq.key_store, now=NOON)

    assert (await store.get_changes(page.cursor)).code == "cursor_gone"
    anew = await store.page()
    assert anew.changes[: len(page.changes)] == page.changes
    assert anew.hq_epoch != page.hq_epoch


async def test_the_feeds_page_is_compressed_for_who_takes_it(
    hq: HeadOffice, store: StoreClient
) -> None:
    await put_articles(hq.db, [article(str(n)) for n in range(50)])
    asked = {"Accept-Encoding": "gzip"}

    answer = await store.request("GET", "/sync/v1/changes", headers=asked)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert b'"article"' in answer.body
    assert b'"article"' not in answer.raw


async def _change_in_turn(
    *, first_to_begin: asyncpg.Connection, first_to_lock: asyncpg.Connection
) -> None:
    """Two transactions change one article; the one that began first gets its lock last."""
    await put_articles(first_to_lock, [article("1", "before")])
    async with first_to_begin.transaction():
        await first_to_begin.execute("SELECT pg_current_xact_id()")
        await put_articles(first_to_lock, [article("1", "earlier")])
        await put_articles(first_to_begin, [article("1", "later")])
