"""A disk that was set back: what the store is told adds up, however far back the journals part."""

from typing import Any

from sync.hq.members.members import Member, put_members
from sync.protocol.messages import RowState
from sync.protocol.position import ORIGIN
from tests.hq.goods import stock_up
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import Journal

ADA = "a" * 24
MILK = "6901"
OPENING = 100
POINTS = 10
"""Of one sale."""


def sell(journal: Journal, sales: int) -> None:
    for _ in range(sales):
        journal.sell(skus=(MILK,), member_id=ADA)


async def set_back_behind_a_wide_trail(hq: HeadOffice, store: StoreClient) -> Journal:
    """A journal that parts from HQ's after seq 4, in an epoch that begins after seq 1.

    The trail is as wide as a store's at this length: places 8, 7, 5 and 1.
    """
    await put_members(hq.db, [Member(member_id=ADA, stores=(store.code,))])
    await stock_up(hq, store.code, {MILK: OPENING})
    lost = store.journal()
    sell(lost, 5)
    await store.send(lost)
    await hq.settle()
    disk = lost.copy()
    del disk.lines[4:]
    sell(disk, 4)
    trail = (*(disk.point(seq) for seq in (8, 7, 5, 1)), ORIGIN)
    assert (await store.hello(disk, trail=trail)).accepted_seq == 1
    return disk


async def last_change(store: StoreClient, entity: str) -> dict[str, Any]:
    return (await store.changes(entity))[-1]


async def test_sales_that_hq_knew_count_once_in_the_stock_that_the_store_is_told(
    hq: HeadOffice, store: StoreClient
) -> None:
    disk = await set_back_behind_a_wide_trail(hq, store)

    answer = await store.send(disk, 2)

    known = [row.seq for row in answer.results if row.state is RowState.DUPLICATE]
    assert known == [2, 3, 4]
    told = {"sku": MILK, "quantity": OPENING - 5 - 4, "through_seq": 8}
    assert await last_change(store, "stock") == told


async def test_sales_that_hq_knew_count_once_in_the_points_that_the_store_is_told(
    hq: HeadOffice, store: StoreClient
) -> None:
    disk = await set_back_behind_a_wide_trail(hq, store)
    await store.send(disk, 2, 4)

    await hq.settle()

    told = await last_change(store, "member")
    assert (told["points"], told["through_seq"]) == (5 * POINTS, 4)
