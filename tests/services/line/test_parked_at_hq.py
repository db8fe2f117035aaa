"""What HQ parked, as this PC knows it: by the answer to a batch, and by the feed."""

from typing import Any

from agent.base.clock import Millis
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.store import digests
from agent.store.line import parked, parked_at_hq
from sync.protocol.messages import Change, Point, RowResult, RowState
from tests.services.feed import change, page
from tests.services.line.test_journal_outbox import record


def told(
    seq: int, state: str, *, epoch: int = 0, code: str = "unknown_kind", **more: Any
) -> Change:
    body = {"epoch": epoch, "seq": seq, "code": code, "state": state, "parked_at": 7, **more}
    return change("parked_event", f"{epoch}.{seq}.{code}", **body)


async def test_an_answer_and_the_feed_tell_of_the_same_event_once_and_it_goes_when_applied(
    desk: StoreDesk,
) -> None:
    await record(desk, 3)
    outbox, feed = JournalOutbox(desk), ChangeApplier(desk)
    result = RowResult(seq=2, state=RowState.PARKED, code="unknown_kind", detail="d")
    last = Point(3, await outbox.hash_at(3) or "")
    await outbox.acknowledge(last, backup_through=0, server_time=9, results=[result])
    [noted] = await desk.database.read(lambda db: parked_at_hq.listed(db, settled=False))
    assert (noted.seq, noted.kind, noted.at) == (2, "redemption.reversed", Millis(9))
    assert noted.event_id

    await feed.apply(page(told(2, "open"), told(2, "open", code="unknown_member"), cursor="2"))
    assert await desk.database.read(parked.counts) == (1, 0)
    await feed.apply(page(told(2, "applied"), cursor="3"))
    assert await desk.database.read(parked.counts) == (1, 0)
    await feed.apply(page(told(2, "settled", code="unknown_member", why="ok"), cursor="4"))
    assert await desk.database.read(parked.counts) == (0, 0)
    [kept] = await desk.database.read(lambda db: parked_at_hq.listed(db, settled=True))
    assert (kept.code, kept.settled, kept.why) == ("unknown_member", True, "ok")


async def test_events_of_another_journal_at_the_same_place_are_others(desk: StoreDesk) -> None:
    feed = ChangeApplier(desk)
    await feed.apply(page(told(9, "open", epoch=1), told(9, "open", epoch=2)))
    assert await desk.database.read(parked.counts) == (2, 0)
    assert await desk.database.read(digests.differences) == ()


async def test_a_state_that_this_version_does_not_know_is_kept_for_one_that_does(
    desk: StoreDesk,
) -> None:
    await ChangeApplier(desk).apply(page(told(1, "handed_on")))
    assert await desk.database.read(parked.counts) == (0, 1)
