"""A rogue store wins no case by what it says: another's redemption id, an earlier time."""

from agent.base.clock import HOUR_MS, MINUTE_MS
from agent.domain.coupons.case import Ground
from agent.domain.coupons.events import CouponRedeemed
from agent.domain.line.events import EventKind
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON
from tests.hq.settlement.uses import holders


async def test_another_stores_redemption_id_wins_nothing_and_is_shown(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    honest, rogue = store.journal(), other.journal()
    use = honest.redeem(coupon_id, bound=False)
    await store.send(honest)
    await hq.settle()
    copied = CouponRedeemed(redemption=use, order_fen=5_000)
    rogue.append(EventKind.COUPON_REDEEMED, copied, at=NOON - HOUR_MS)
    await other.send(rogue)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB001")]
    [case] = await other.changes("case")
    assert (case["winner"]["store"], case["loser"]["store"]) == ("MB001", "MB002")
    assert case["ground"] == Ground.ARRIVAL
    assert await hq.rows("SELECT store, seq, code, detail FROM parked") == [
        ("MB002", 1, "redemption_of_other_store", coupon_id)
    ]


async def test_a_time_from_before_the_stores_own_events_wins_nothing_and_is_shown(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    honest, rogue = store.journal(), other.journal()
    rogue.sell(at=NOON - MINUTE_MS)
    await other.send(rogue)
    honest.redeem(coupon_id, bound=False)
    await store.send(honest)
    await hq.settle()
    rogue.redeem(coupon_id, bound=False, at=NOON - HOUR_MS)
    await other.send(rogue, 2)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB001")]
    [case] = await store.changes("case")
    assert (case["winner"]["store"], case["ground"]) == ("MB001", Ground.ARRIVAL)
    assert await hq.rows("SELECT store, seq, code FROM parked") == [("MB002", 2, "time_goes_back")]


async def test_a_time_from_before_a_hello_that_had_nothing_left_to_tell_wins_nothing(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    honest, rogue = store.journal(), other.journal()
    rogue.sell(at=NOON - 9 * HOUR_MS)
    await other.send(rogue)
    await other.hello(rogue)
    honest.redeem(coupon_id, bound=False)
    await store.send(honest)
    await hq.settle()
    rogue.redeem(coupon_id, bound=False, at=NOON - HOUR_MS)
    await other.send(rogue, 2)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB001")]


async def test_a_clock_that_was_set_right_parks_nothing_and_loses_only_its_word_on_time(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    """It was ahead, within what is believed; a use that nobody else wants is nobody's business."""
    [coupon_id] = await hq.issue()
    journal = store.journal()
    journal.sell(at=NOON + 30 * MINUTE_MS)
    journal.redeem(coupon_id, bound=False, at=NOON)
    await store.send(journal)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB001")]
    assert await hq.count("parked") == 0


async def test_a_clock_that_was_a_day_ahead_costs_nothing_once_it_is_right(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    honest, late = store.journal(), other.journal()
    honest.sell(at=NOON + 24 * HOUR_MS)
    honest.redeem(coupon_id, bound=False, at=NOON - HOUR_MS)
    late.redeem(coupon_id, bound=False, at=NOON)
    await other.send(late)
    await hq.settle()
    hq.clock.now += 1
    await store.send(honest)

    await hq.settle()

    [case] = await other.changes("case")
    assert (case["winner"]["store"], case["ground"]) == ("MB001", Ground.TIME)
