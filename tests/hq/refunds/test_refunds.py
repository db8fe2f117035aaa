"""What came back: stock, points and coupons move back once, however often it is sent."""

from typing import Any

import pytest
from msgspec.structs import replace

from agent.domain.line.events import EventKind
from sync.hq.members.members import Member, put_members
from sync.protocol.messages import RowState
from tests.hq.equality import differences
from tests.hq.goods import stock_up
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import Journal

ADA = "a" * 24
MILK = "6901"


@pytest.fixture
async def members(hq: HeadOffice, store: StoreClient) -> None:
    """Ada, known in MB001."""
    await put_members(hq.db, [Member(member_id=ADA, stores=("MB001",))])


async def last_change(store: StoreClient, entity: str) -> dict[str, Any]:
    return (await store.changes(entity))[-1]


async def test_a_refund_puts_the_pieces_back_into_stock(hq: HeadOffice, store: StoreClient) -> None:
    await stock_up(hq, store.code, {MILK: 100})
    journal = store.journal()
    sale = journal.sell(skus=(MILK, MILK))
    journal.sell(skus=(MILK,))
    await store.send(journal)
    assert await hq.rows("SELECT quantity FROM stock") == [(97,)]
    journal.refund(sale)

    answer = await store.send(journal)

    assert [row.state for row in answer.results] == [RowState.DUPLICATE] * 2
    assert await hq.rows("SELECT quantity FROM stock") == [(99,)]
    columns = "seq, sale_id, refunded_fen, receipt_no, till"
    assert await hq.rows(f"SELECT {columns} FROM refund") == [(3, sale.sale_id, 2_000, 3, "T1")]


async def test_a_refund_sent_again_moves_nothing_again(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal()
    journal.refund(journal.sell())
    for _ in range(3):
        await store.send(journal)
    assert await hq.count("refund") == 1
    assert await differences(hq, journal) == []


@pytest.mark.usefixtures("members")
async def test_a_refund_takes_the_points_back_from_the_member(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    sale = journal.sell(member_id=ADA)
    journal.sell(member_id=ADA)
    await store.send(journal)
    await hq.settle()
    assert (await last_change(store, "member"))["points"] == 20
    journal.refund(sale)
    await store.send(journal)

    await hq.settle()

    told = await last_change(store, "member")
    assert (told["points"], told["through_seq"]) == (10, 3)


@pytest.mark.usefixtures("members")
async def test_a_sale_and_its_refund_settled_at_once_leave_no_points(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.refund(journal.sell(member_id=ADA))
    await store.send(journal)
    await hq.settle()
    told = await last_change(store, "member")
    assert (told["points"], told["through_seq"]) == (0, 2)


async def test_a_refund_of_a_member_that_hq_does_not_know_is_shown(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.refund(journal.sell(member_id="c" * 24))
    await store.send(journal)
    await hq.settle()
    parked = await hq.rows("SELECT seq, code FROM parked ORDER BY seq")
    assert parked == [(1, "unknown_member"), (2, "unknown_member")]


async def test_every_coupon_of_a_sale_that_came_back_is_free_for_all_stores(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    first, second = await hq.issue(2)
    journal = store.journal()
    sale = journal.sell(skus=(MILK, MILK), coupon_id=first, second_coupon_id=second, bound=False)
    await store.send(journal)
    await hq.settle()
    assert {change["state"] for change in await other.changes("coupon")} == {"used"}
    journal.refund(sale)
    await store.send(journal)

    await hq.settle()

    news = await other.changes("coupon")
    assert {change["coupon_id"]: change["state"] for change in news} == {
        first: "free",
        second: "free",
    }
    elsewhere = other.journal()
    elsewhere.sell(coupon_id=first, bound=False)
    await other.send(elsewhere)
    await hq.settle()
    assert await hq.count("coupon_case") == 0
    assert await hq.rows("SELECT store FROM coupon_use WHERE holder") == [("MB002",)]


async def test_a_coupon_whose_sale_did_not_come_back_stays_used(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await hq.issue(1)
    journal = store.journal()
    journal.sell(coupon_id=coupon, bound=False)
    journal.refund(journal.sell())
    await store.send(journal)
    elsewhere = other.journal()
    elsewhere.sell(coupon_id=coupon, bound=False)
    await other.send(elsewhere)
    await hq.settle()
    assert await hq.count("coupon_case", "state = 'open'") == 1


async def test_a_refund_of_the_losing_sale_closes_the_case(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await hq.issue(1)
    journals = {}
    for client in (store, other):
        journals[client.code] = client.journal()
        sale = journals[client.code].sell(coupon_id=coupon, bound=False)
        await client.send(journals[client.code])
    await hq.settle()
    assert await hq.count("coupon_case", "state = 'open'") == 1
    journals["MB002"].refund(sale)
    await other.send(journals["MB002"])
    await hq.settle()
    assert await hq.count("coupon_case", "state = 'open'") == 0


async def set_back(hq: HeadOffice, store: StoreClient, journal: Journal) -> None:
    """Say hello from a disk that lost its last event and made another: a new epoch."""
    await hq.settle()
    del journal.lines[3:]
    journal.sell(skus=(MILK,), member_id=ADA)
    trail = tuple(journal.point(seq) for seq in (4, 1, 0))
    assert (await store.hello(journal, trail=trail)).accepted_seq == 1


@pytest.mark.usefixtures("members")
async def test_a_refund_that_hq_knew_from_an_older_epoch_counts_once(
    hq: HeadOffice, store: StoreClient
) -> None:
    await stock_up(hq, store.code, {MILK: 100})
    journal = store.journal()
    journal.sell(skus=(MILK,), member_id=ADA)
    journal.refund(journal.sell(skus=(MILK,), member_id=ADA))
    journal.sell(skus=(MILK,), member_id=ADA)
    await store.send(journal)
    await set_back(hq, store, journal)

    answer = await store.send(journal, 2)

    known = [row.seq for row in answer.results if row.state is RowState.DUPLICATE]
    assert known == [2, 3]
    await hq.settle()
    assert await hq.count("refund") == 1
    assert (await last_change(store, "stock"))["quantity"] == 100 - 4 + 1
    told = await last_change(store, "member")
    assert (told["points"], told["through_seq"]) == (40 - 10, 4)


async def test_a_coupon_that_can_not_be_used_again_is_taken_back_all_the_same(
    hq: HeadOffice, store: StoreClient
) -> None:
    """Else a case of double use would stay open, and a loss that nobody has."""
    (coupon,) = await hq.issue(1)
    journal = store.journal()
    journal.refund(journal.sell(coupon_id=coupon, bound=False), lapsed=True)
    await store.send(journal)
    await hq.settle()
    assert await hq.rows("SELECT holder, reversed_at IS NULL FROM coupon_use") == [(False, False)]
    assert await hq.count("parked") == 0


async def test_a_sale_of_nothing_without_a_tender_and_a_line_with_a_sum_of_its_own_are_taken(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    sold = journal.sell(skus=(MILK, MILK))
    odd = replace(sold.lines[0], quantity=2, amount_fen=119)
    paid = (replace(sold.tenders[0], amount_fen=119),)
    comes_to = {"tenders": paid, "total_fen": 119, "payable_fen": 119}
    journal.append(EventKind.SALE_RECORDED, replace(sold, sale_id="s2", lines=(odd,), **comes_to))
    nothing = {"tenders": (), "total_fen": 0, "discount_fen": 0, "payable_fen": 0}
    journal.append(EventKind.SALE_RECORDED, replace(sold, sale_id="s3", lines=(), **nothing))
    await store.send(journal)
    assert await hq.rows("SELECT payable_fen FROM sale ORDER BY seq") == [(2_000,), (119,), (0,)]
    assert await hq.count("parked") == 0
