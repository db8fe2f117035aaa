"""A refund that was given twice, before and after a disk was set back: kept, found, moving once."""

import pytest

from agent.domain.cash.events import ShiftOpened
from agent.domain.line.events import EventKind
from agent.domain.selling.events import SaleRecorded
from sync.hq.intake import ingest
from sync.hq.intake.repeated_refunds import REFUND_REPEATED
from sync.hq.members.members import Member, put_members
from sync.protocol.messages import RowState
from tests.hq.goods import stock_up
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import Journal

ADA = "a" * 24
MILK = "6901"
OPENING, POINTS = 100, 100


async def set_back(hq: HeadOffice, store: StoreClient) -> tuple[Journal, SaleRecorded]:
    """A disk from before a refund that HQ holds, in its new epoch."""
    await put_members(hq.db, [Member(member_id=ADA, points=POINTS, stores=(store.code,))])
    await stock_up(hq, store.code, {MILK: OPENING})
    journal = store.journal()
    sale = journal.sell(skus=(MILK,), member_id=ADA)
    disk = journal.copy()
    journal.refund(sale)
    await store.send(journal)
    await store.hello(disk, past=True)
    return disk, sale


async def figures(hq: HeadOffice) -> tuple[int, int]:
    """Milk in stock, and Ada's points."""
    await hq.settle()
    return (
        await hq.db.fetchval("SELECT quantity FROM stock"),
        await hq.db.fetchval("SELECT points FROM member"),
    )


async def test_the_second_refund_is_kept_and_shown_and_moves_nothing(
    hq: HeadOffice, store: StoreClient
) -> None:
    disk, sale = await set_back(hq, store)
    disk.refund(sale)

    answer = await store.send(disk, 2)

    assert [(row.seq, row.state, row.code) for row in answer.results] == [
        (2, RowState.PARKED, REFUND_REPEATED)
    ]
    assert await hq.rows("SELECT epoch, repeated FROM refund ORDER BY epoch") == [
        (1, False),
        (2, True),
    ]
    assert await hq.rows("SELECT detail FROM parked") == [(f"of sale {sale.sale_id}",)]
    assert await figures(hq) == (OPENING, POINTS)


async def test_the_store_is_told_figures_that_hold_it_once(
    hq: HeadOffice, store: StoreClient
) -> None:
    disk, sale = await set_back(hq, store)
    disk.refund(sale)
    await store.send(disk, 2)
    await hq.settle()
    told = {"sku": MILK, "quantity": OPENING, "through_seq": 2}
    assert (await store.changes("stock"))[-1] == told
    member = (await store.changes("member"))[-1]
    assert (member["points"], member["through_seq"]) == (POINTS, 2)


async def test_control_an_intake_that_does_not_look_moves_it_twice(
    hq: HeadOffice, store: StoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def blind(*_: object) -> dict[int, object]:
        return {}

    monkeypatch.setattr(ingest, "repeated_refunds", blind)
    disk, sale = await set_back(hq, store)
    disk.refund(sale)
    await store.send(disk, 2)
    assert await figures(hq) == (OPENING + 1, POINTS - sale.points_earned)


async def test_the_same_refund_sent_again_repeats_nothing(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    sale = journal.sell()
    journal.refund(sale)
    await store.send(journal)
    disk = journal.copy()
    disk.append(EventKind.SHIFT_OPENED, ShiftOpened(shift_id="s", z_no=1, float_fen=0))
    trail = (disk.point(3), disk.point(1), disk.point(0))
    await store.hello(disk, trail=trail, epoch=9)
    answer = await store.send(disk, 2)
    assert [(row.seq, row.state) for row in answer.results] == [(2, RowState.DUPLICATE)]


async def test_pieces_that_are_left_may_still_come_back(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal()
    sale = journal.sell(skus=("A", "B"))
    disk = journal.copy()
    journal.refund(sale, places=(0,))
    await store.send(journal)
    await store.hello(disk, past=True)
    disk.refund(sale, places=(1,))
    disk.refund(sale, places=(1,))

    answer = await store.send(disk, 2)

    assert [(row.seq, row.code) for row in answer.results] == [(3, REFUND_REPEATED)]
