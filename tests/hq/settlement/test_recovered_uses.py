"""A use that was brought in from a damaged disk keeps its time, within what HQ had not heard."""

from agent.base.clock import HOUR_MS, MINUTE_MS
from agent.domain.coupons.case import RECOVERED_MS, Ground
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal
from tests.hq.settlement.uses import holders

HEARD = NOON - 2 * HOUR_MS
"""The store's last event that HQ had of the disk that was damaged."""


async def begun_anew(hq: HeadOffice, store: StoreClient) -> Journal:
    """The store's journal after its database was set aside and it sold on from a fresh one."""
    lost = store.journal()
    lost.sell(at=HEARD)
    await store.send(lost)
    fresh = Journal(store.code)
    fresh.sell(at=NOON)
    await store.hello(fresh, anew=True, trail=fresh.trail())
    assert fresh.epoch == 2
    await store.send(fresh)
    return fresh


async def contested(
    hq: HeadOffice, store: StoreClient, other: StoreClient, *, at: int, later_ms: int = 0
) -> tuple[str, str]:
    """Two uses of a coupon, the store's brought in late, with the time `at`: winner and ground."""
    [coupon_id] = await hq.issue()
    fresh = await begun_anew(hq, store)
    rival = other.journal()
    rival.redeem(coupon_id, bound=False, at=NOON - 30 * MINUTE_MS)
    await other.send(rival)
    await hq.settle()
    hq.clock.now += later_ms
    fresh.redeem(coupon_id, bound=False, at=at)
    await store.send(fresh, 2)
    await hq.settle()
    [case] = await store.changes("case")
    assert await holders(hq) == [(coupon_id, case["winner"]["store"])]
    return case["winner"]["store"], case["ground"]


async def test_what_was_recovered_of_a_damaged_disk_is_believed_on_its_time(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    told = await contested(hq, store, other, at=NOON - HOUR_MS, later_ms=RECOVERED_MS - 1)
    assert told == ("MB001", Ground.TIME)
    assert await hq.count("parked") == 0


async def test_a_time_of_which_hq_had_heard_already_wins_nothing(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    assert await contested(hq, store, other, at=HEARD - 1) == ("MB002", Ground.ARRIVAL)
    assert await hq.rows("SELECT store, code FROM parked") == [("MB001", "time_goes_back")]


async def test_what_comes_a_month_after_the_damage_is_not_believed_on_its_time(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    told = await contested(hq, store, other, at=NOON - HOUR_MS, later_ms=RECOVERED_MS)
    assert told == ("MB002", Ground.ARRIVAL)
