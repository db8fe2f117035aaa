"""What HQ tells of lost journals is noted once, beside the journal, whatever the order."""

from typing import Any

import msgspec
import pytest

from agent.domain.line.past import past_place, seq_in_journal
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.housekeeping import Housekeeping
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.services.selling.errors import UnknownSaleError
from agent.services.selling.find_sale import find_sale
from agent.services.selling.receipts import ReceiptQuery, find_receipts
from agent.store.line import sync_state
from sync.protocol.messages import Action, BatchLimits, Change, HelloAnswer
from sync.protocol.position import ORIGIN
from tests.hq.journal import Journal
from tests.services.chain import STORE
from tests.services.days import live_through
from tests.services.feed import change, page
from tests.services.stopped_clock import StoppedClock

Rows = list[tuple[Any, ...]]


def told(journal: Journal, *, epoch: int = 1) -> list[Change]:
    """The changes that tell all of a journal."""
    return [
        change("past_event", f"{epoch}.{seq}", epoch=epoch, seq=seq, event=msgspec.Raw(line))
        for seq, line in enumerate(journal.lines, 1)
    ]


def answer(epoch: int, *, past: bool) -> HelloAnswer:
    return HelloAnswer(
        action=Action.NEW_EPOCH,
        accepted_seq=0,
        accepted_hash=ORIGIN.hash,
        epoch=epoch,
        hq_epoch="e1",
        limits=BatchLimits(events=1, bytes=1),
        server_time=5,
        past=past,
        receipts_after=10,
        shifts_after=3,
    )


async def rows(desk: StoreDesk, query: str) -> Rows:
    return await desk.database.read(lambda db: db.execute(query).fetchall())


@pytest.fixture
def journal(clock: StoppedClock) -> Journal:
    """A sale with a coupon, its refund, and a redemption that was taken back."""
    journal = Journal(STORE)
    journal.refund(journal.sell(coupon_id="a" * 24, at=clock.now), at=clock.now)
    journal.reverse(journal.redeem("b" * 24, at=clock.now), at=clock.now)
    return journal


def test_places_of_the_past_are_below_the_journals_and_in_its_order() -> None:
    places = [past_place(*at) for at in ((1, 1), (1, 2**40 - 1), (2, 1), (2**21 - 1, 2**40 - 1))]
    assert places == sorted(places)
    assert places[-1] < 0
    assert [seq_in_journal(place) for place in places] == [1, 2**40 - 1, 1, 2**40 - 1]
    assert seq_in_journal(7) == 7


async def test_what_is_told_again_is_noted_once(desk: StoreDesk, journal: Journal) -> None:
    applier = ChangeApplier(desk)
    tables = ("past_event", "sale", "refund", "refund_line", "redemption")
    await applier.apply(page(*told(journal)))
    first = [await rows(desk, f"SELECT * FROM {table}") for table in tables]
    await applier.apply(page(*told(journal)))
    assert [await rows(desk, f"SELECT * FROM {table}") for table in tables] == first
    assert [len(found) for found in first] == [4, 1, 1, 1, 2]
    assert await rows(desk, "SELECT count(*) FROM journal") == [(0,)]
    assert await rows(desk, "SELECT count(*) FROM parked_change") == [(0,)]


async def test_two_receipts_of_one_number_are_both_found(desk: StoreDesk, journal: Journal) -> None:
    other = Journal(STORE)
    other.sell(at=desk.time.now())
    await ChangeApplier(desk).apply(page(*told(journal), *told(other, epoch=2)))
    order = ReceiptQuery(query=f"{STORE}-T1-000001")
    assert len({one.sale_id for one in (await find_receipts(desk, order)).receipts}) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        change("past_event", epoch=0, seq=1, event={}),
        change("past_event", epoch=1, seq=2**40, event={}),
        change("past_event", epoch=1, seq=1, event={"kind": "x"}),
        change("past_end", epoch="1"),
        change("handout_given", coupon_id=7),
    ],
)
async def test_what_can_not_be_read_is_parked(desk: StoreDesk, wrong: Change) -> None:
    await ChangeApplier(desk).apply(page(wrong))
    assert await rows(desk, "SELECT entity FROM parked_change") == [(wrong.entity,)]


async def test_the_past_of_another_store_and_unknown_kinds_are_parked(desk: StoreDesk) -> None:
    others, later = Journal("MB999"), Journal(STORE)
    others.sell()
    later.append("sale.reinvented", {})
    await ChangeApplier(desk).apply(page(*told(others), *told(later, epoch=2)))
    assert len(await rows(desk, "SELECT * FROM parked_change")) == 2
    assert await rows(desk, "SELECT * FROM sale") == []


async def test_the_feed_is_complete_only_when_the_past_was_told_to_its_end(
    desk: StoreDesk, journal: Journal
) -> None:
    applier = ChangeApplier(desk)
    await applier.apply(page(at=5))
    await JournalOutbox(desk).heard(answer(2, past=True))
    assert (await desk.database.read(sync_state.get)).feed_at == 0
    await applier.apply(page(*told(journal), change("past_end", epoch=1), at=6))
    assert not await desk.database.read(sync_state.is_told_all)
    with pytest.raises(UnknownSaleError, match="not known here yet"):
        await find_sale(desk, "any")
    await applier.apply(page(change("past_end", epoch=2), at=7))
    assert (await desk.database.read(sync_state.get)).feed_at == 7
    await JournalOutbox(desk).heard(answer(2, past=True))
    assert await desk.database.read(sync_state.is_told_all)
    with pytest.raises(UnknownSaleError, match="no such sale"):
        await find_sale(desk, "any")


async def test_what_is_past_is_kept_as_long_as_the_journal(
    desk: StoreDesk, journal: Journal, clock: StoppedClock
) -> None:
    await ChangeApplier(desk).apply(page(*told(journal), at=clock.now))
    house = Housekeeping(desk, retention_days=1)
    assert await house.prune() == 0
    await live_through(desk, clock, 1)
    assert await house.prune() == 4
    assert await rows(desk, "SELECT * FROM past_event") == []
