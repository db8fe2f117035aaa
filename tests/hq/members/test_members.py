"""Members' points: the sum of what the sales earned, told with what it contains."""

import asyncio

import pytest

from sync.hq.database import connect
from sync.hq.members.members import Member, list_members, put_members
from sync.hq.settings import DatabaseSection
from sync.hq.settlement.settler import settle
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal

ADA = "a" * 24
BOB = "b" * 24
MOST_POINTS = 2**63 - 1


@pytest.fixture
async def members(hq: HeadOffice, store: StoreClient) -> None:
    """Ada, known in MB001, and Bob, known nowhere yet."""
    await put_members(
        hq.db,
        [
            Member(member_id=ADA, tier="gold", phone_masked="138****5678", stores=("MB001",)),
            Member(member_id=BOB),
        ],
    )


def bought(store: StoreClient, member_id: str, sales: int) -> Journal:
    journal = store.journal()
    for _ in range(sales):
        journal.sell(member_id=member_id)  # 10 points each
    return journal


async def told(store: StoreClient, member_id: str) -> list[tuple[int, int]]:
    """What the store heard of a member: points, and through which of its events."""
    return [
        (change["points"], change["through_seq"])
        for change in await store.changes("member")
        if change["member_id"] == member_id
    ]


@pytest.mark.usefixtures("members")
async def test_a_sale_earns_points_and_the_store_hears_what_they_contain(
    hq: HeadOffice, store: StoreClient
) -> None:
    await store.send(bought(store, ADA, 3))

    await hq.settle()

    assert await told(store, ADA) == [(0, 0), (30, 3)]
    [change] = (await store.changes("member"))[-1:]
    assert (change["tier"], change["phone_masked"]) == ("gold", "138****5678")


@pytest.mark.usefixtures("members")
async def test_every_store_that_knows_the_member_hears_with_its_own_place(
    hq: HeadOffice, store: StoreClient
) -> None:
    other = await hq.store("MB002")
    await store.send(bought(store, ADA, 2))
    await hq.settle()
    await other.send(bought(other, ADA, 1))

    await hq.settle()

    assert await told(store, ADA) == [(0, 0), (20, 2), (30, 2)]
    assert await told(other, ADA) == [(30, 1)]


@pytest.mark.usefixtures("members")
async def test_a_store_knows_a_member_from_the_first_sale_on(
    hq: HeadOffice, store: StoreClient
) -> None:
    await store.send(bought(store, BOB, 1))

    await hq.settle()

    assert await told(store, BOB) == [(10, 1)]


@pytest.mark.usefixtures("members")
async def test_points_of_a_member_that_hq_does_not_know_are_shown(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = bought(store, "c" * 24, 1)
    journal.sell(member_id=ADA)
    await store.send(journal)

    await hq.settle()

    assert await hq.rows("SELECT seq, code FROM parked") == [(1, "unknown_member")]
    assert await told(store, ADA) == [(0, 0), (10, 2)]


@pytest.mark.usefixtures("members")
async def test_points_earned_in_several_stores_at_once_all_count(
    hq: HeadOffice, store: StoreClient, hq_dsn: str
) -> None:
    other = await hq.store("MB002")
    for client in (store, other):
        journal = client.journal()
        for n in range(100):
            journal.sell(member_id=(ADA, BOB)[n % 2])
        await client.send(journal)
    second = await connect(DatabaseSection(dsn=hq_dsn))
    try:
        while any(
            await asyncio.gather(
                settle(hq.db, limit=7, now=NOON), settle(second, limit=7, now=NOON)
            )
        ):
            pass
    finally:
        await second.close()

    assert {member.member_id: member.points for member in await list_members(hq.db)} == {
        ADA: 1_000,
        BOB: 1_000,
    }
    for client in (store, other):
        assert (await told(client, ADA))[-1][0] == (await told(client, BOB))[-1][0] == 1_000


@pytest.mark.usefixtures("members")
async def test_an_event_that_cannot_be_settled_is_parked_and_the_next_ones_settle(
    hq: HeadOffice, store: StoreClient
) -> None:
    await hq.db.execute("UPDATE member SET points = $2 WHERE member_id = $1", ADA, MOST_POINTS - 15)
    journal = store.journal()
    for member_id in (ADA, ADA, BOB):
        journal.sell(member_id=member_id)
    await store.send(journal)

    await hq.settle()

    assert await hq.rows("SELECT seq, code FROM parked") == [(2, "not_settled")]
    assert (await told(store, ADA))[-1] == (MOST_POINTS - 5, 1)
    assert await told(store, BOB) == [(10, 3)]
