"""A store hears which of its events HQ could not apply, and what became of each."""

from agent.base.clock import Millis
from sync.hq.line import settle_parked
from sync.hq.settlement.retry import retry_parked
from tests.hq.head_office import HeadOffice, StoreClient

Told = dict[tuple[int, str], tuple[str, str]]


async def told(store: StoreClient) -> Told:
    """The newest of each, by place and code: state, and why it was settled."""
    changes = await store.changes("parked_event")
    return {(one["seq"], one["code"]): (one["state"], one["why"]) for one in changes}


async def test_what_could_not_be_applied_is_told_and_that_it_was_applied_or_settled(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await hq.issue(1)
    await hq.db.execute("DELETE FROM coupon WHERE coupon_id = $1", coupon)
    journal = store.journal()
    journal.append("sale.recorded/9", {"sale_id": "s"})
    journal.redeem(coupon, bound=False)
    journal.sell()
    await store.send(journal)
    assert await told(store) == {(1, "unknown_version"): ("open", "")}
    await hq.settle()
    assert await told(store) == {
        (1, "unknown_version"): ("open", ""),
        (2, "unknown_coupon"): ("open", ""),
    }
    [first, _] = await store.changes("parked_event")
    assert (first["epoch"], first["kind"], first["parked_at"]) == (
        1,
        "sale.recorded/9",
        hq.clock.now,
    )
    assert first["event_id"] in journal.lines[0].decode()

    await hq.issue(1)
    await hq.db.execute("UPDATE coupon SET coupon_id = $1", coupon)
    assert (await retry_parked(hq.db, store.code, now=hq.clock.now)).applied == 1
    await settle_parked(hq.db, store.code, 1, epoch=None, why="a test", now=Millis(hq.clock.now))
    assert await told(store) == {
        (1, "unknown_version"): ("settled", "a test"),
        (2, "unknown_coupon"): ("applied", ""),
    }
    assert await told(other) == {}


async def test_what_stays_parked_by_another_try_stays_open(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.redeem("e" * 24, bound=False)
    await store.send(journal)
    await hq.settle()
    await retry_parked(hq.db, store.code, now=hq.clock.now)
    assert await told(store) == {(1, "unknown_coupon"): ("open", "")}
