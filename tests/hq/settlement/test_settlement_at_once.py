"""Settlement by several processes, and by one that dies in the middle."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from agent.base.clock import DAY_MS
from sync.hq.database import connect
from sync.hq.settings import DatabaseSection
from sync.hq.settlement.settler import settle
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON
from tests.hq.settlement.uses import holders, redeemed, states
from tests.hq.waiting import until_somebody_is_blocked


@pytest.fixture
async def second_settler(hq_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """The connection of another process."""
    connection = await connect(DatabaseSection(dsn=hq_dsn))
    yield connection
    await connection.close()


async def test_two_settlers_at_once_leave_one_holder_and_one_case_a_coupon(
    hq: HeadOffice,
    store: StoreClient,
    other: StoreClient,
    second_settler: asyncpg.Connection,
) -> None:
    coupon_ids = await hq.issue(120)
    await redeemed(store, *coupon_ids)
    await redeemed(other, *reversed(coupon_ids))

    async def drain(connection: asyncpg.Connection) -> None:
        while await settle(connection, limit=10, now=NOON):
            pass

    await asyncio.gather(drain(hq.db), drain(second_settler))
    await hq.settle()

    assert [coupon_id for coupon_id, _ in await holders(hq)] == sorted(coupon_ids)
    assert await hq.count("coupon_use") == 240
    assert await hq.rows(
        "SELECT count(*), count(DISTINCT coupon_id) FROM coupon_case WHERE state = 'open'"
    ) == [(120, 120)]
    assert len(await store.changes("case")) == len(await other.changes("case")) == 120


async def test_a_settler_waits_for_another_one_that_settles_the_same_coupon(
    hq: HeadOffice,
    store: StoreClient,
    other: StoreClient,
    second_settler: asyncpg.Connection,
) -> None:
    [coupon_id] = await hq.issue()
    for client in (store, other):
        await redeemed(client, coupon_id)
    waiting: asyncio.Task[bool]

    async with hq.db.transaction():
        await settle(hq.db, limit=500, now=NOON, store="MB001")
        waiting = asyncio.create_task(settle(second_settler, limit=500, now=NOON, store="MB002"))
        await until_somebody_is_blocked(hq.db)
        assert not waiting.done()

    assert await waiting
    assert await holders(hq) == [(coupon_id, "MB001")]
    assert await hq.count("coupon_case") == 1


async def test_a_settler_takes_another_store_while_one_is_being_settled(
    hq: HeadOffice,
    store: StoreClient,
    other: StoreClient,
    second_settler: asyncpg.Connection,
) -> None:
    for client in (store, other):
        await redeemed(client, client.code[-1] * 24)

    async with hq.db.transaction():
        await settle(hq.db, limit=500, now=NOON)
        assert await settle(second_settler, limit=500, now=NOON)
        assert not await settle(second_settler, limit=500, now=NOON)

    assert await hq.count("coupon_use") == 2


async def test_a_store_settled_while_the_clock_was_a_year_ahead_gets_its_turn_all_the_same(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    first, last, *others = await hq.issue(4)
    await redeemed(store, first, last)
    await redeemed(other, *others)
    await settle(hq.db, limit=1, now=NOON + 365 * DAY_MS, store="MB001")
    await settle(hq.db, limit=1, now=NOON, store="MB002")
    await settle(hq.db, limit=1, now=NOON)
    assert (last, "MB001") in await holders(hq)


async def test_a_settlement_that_is_broken_off_is_done_again_from_the_start(
    hq: HeadOffice, store: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    await redeemed(store, coupon_id)
    transaction = hq.db.transaction()
    await transaction.start()
    await settle(hq.db, limit=500, now=NOON)
    await transaction.rollback()
    assert await holders(hq) == []

    assert await hq.settle() == 1

    assert await holders(hq) == [(coupon_id, "MB001")]
    assert await states(store, coupon_id) == [("used", "MB001")]
    assert await hq.settle() == 0
