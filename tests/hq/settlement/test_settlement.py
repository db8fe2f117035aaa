"""Settlement: one holder a coupon, a case for every double use, points that add up."""

import pytest

from agent.base.clock import HOUR_MS
from agent.domain.coupons.case import Ground
from agent.domain.selling.receipt import receipt_text
from sync.hq.coupons.cases import list_cases
from sync.hq.errors import AdminError
from sync.hq.settlement.cases import close_case
from sync.protocol.changes import CouponState
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal
from tests.hq.settlement.uses import holders, redeemed, states

UNKNOWN = "f" * 24


async def test_a_chain_wide_use_is_told_to_every_store(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    journal = store.journal()
    sale = journal.sell(coupon_id=coupon_id, bound=False, at=NOON + 5)
    await store.send(journal)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB001")]
    assert await other.changes("coupon") == [
        {
            "coupon_id": coupon_id,
            "state": CouponState.USED,
            "redemption_id": sale.redemptions[0].redemption_id,
            "store": "MB001",
            "till": "T1",
            "receipt": receipt_text("MB001", "T1", sale.receipt_no),
            "occurred_at": NOON + 5,
        }
    ]


async def test_a_bound_coupons_use_concerns_no_other_store(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue(store="MB001")
    await redeemed(store, coupon_id, bound=True)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB001")]
    assert await other.changes("coupon") == []


async def test_a_second_use_becomes_a_case_at_both_stores_and_changes_no_right(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    await redeemed(store, coupon_id)
    await hq.settle()
    await redeemed(other, coupon_id)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB001")]
    [case] = await store.changes("case")
    assert [case] == await other.changes("case")
    assert (case["winner"]["store"], case["loser"]["store"]) == ("MB001", "MB002")
    assert (case["state"], case["ground"]) == ("open", Ground.ARRIVAL)
    assert await states(other, coupon_id) == [("used", "MB001")]


async def test_the_earlier_credible_use_wins_and_holds_the_coupon(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    late, early = store.journal(), other.journal()
    late.redeem(coupon_id, bound=False, at=NOON)
    early.redeem(coupon_id, bound=False, at=NOON - HOUR_MS)
    await store.send(late)
    await hq.settle()
    hq.clock.now += 1
    await other.send(early)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB002")]
    [case] = await store.changes("case")
    assert (case["winner"]["store"], case["ground"]) == ("MB002", Ground.TIME)
    assert await states(store, coupon_id) == [("used", "MB001"), ("used", "MB002")]


async def test_each_further_use_is_judged_against_the_holder(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    third = await hq.store("MB003")
    [coupon_id] = await hq.issue()
    for client in (store, other, third):
        await redeemed(client, coupon_id)
        await hq.settle()
        hq.clock.now += 1

    assert await holders(hq) == [(coupon_id, "MB001")]
    sides = await hq.rows("SELECT winner_store, loser_store FROM coupon_case ORDER BY opened_at")
    assert sides == [("MB001", "MB002"), ("MB001", "MB003")]
    assert len(await store.changes("case")) == 2
    assert len(await third.changes("case")) == 1


async def test_twice_in_one_store_is_one_case_told_once(hq: HeadOffice, store: StoreClient) -> None:
    [coupon_id] = await hq.issue()
    await redeemed(store, coupon_id, coupon_id)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB001")]
    assert len(await store.changes("case")) == 1


async def test_a_reversed_use_frees_the_coupon_for_the_next(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    journal = store.journal()
    use = journal.redeem(coupon_id, bound=False)
    await store.send(journal)
    await hq.settle()
    journal.reverse(use)
    await store.send(journal, 2)
    await hq.settle()
    await redeemed(other, coupon_id)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB002")]
    assert await states(other, coupon_id) == [("used", "MB001"), ("free", ""), ("used", "MB002")]
    assert await hq.count("coupon_case") == 0


async def test_use_and_reversal_received_together_leave_the_coupon_free(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    journal = store.journal()
    journal.reverse(journal.redeem(coupon_id, bound=False))
    second = journal.redeem(coupon_id, bound=False)
    await store.send(journal)

    await hq.settle()

    assert await hq.rows("SELECT redemption_id FROM coupon_use WHERE holder") == [
        (second.redemption_id,)
    ]
    assert await hq.count("coupon_use", "reversed_at IS NOT NULL") == 1
    assert await hq.count("coupon_case") == 0


async def test_a_reversal_of_the_losing_use_closes_the_case(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    await redeemed(store, coupon_id)
    await hq.settle()
    losing = other.journal()
    use = losing.redeem(coupon_id, bound=False)
    await other.send(losing)
    await hq.settle()
    losing.reverse(use)
    await other.send(losing, 2)

    await hq.settle()

    assert [case["state"] for case in await store.changes("case")] == ["open", "closed"]
    assert [case["state"] for case in await other.changes("case")] == ["open", "closed"]
    assert await holders(hq) == [(coupon_id, "MB001")]


async def test_a_reversal_of_the_winning_use_closes_the_case_and_the_other_one_holds(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    winning = store.journal()
    use = winning.redeem(coupon_id, bound=False)
    await store.send(winning)
    await hq.settle()
    await redeemed(other, coupon_id)
    await hq.settle()
    winning.reverse(use)
    await store.send(winning, 2)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB002")]
    assert await hq.count("coupon_case", "state = 'open'") == 0
    assert (await states(store, coupon_id))[-1] == ("used", "MB002")


async def test_a_case_that_people_closed_is_told_closed_and_not_opened_again(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    third = await hq.store("MB003")
    [coupon_id] = await hq.issue()
    for client in (store, other):
        await redeemed(client, coupon_id)
        await hq.settle()
        hq.clock.now += 1
    [open_case] = await list_cases(hq.db)

    await close_case(hq.db, open_case.case_id, why="MB002 has paid", now=NOON + 9)
    await redeemed(third, coupon_id)
    await hq.settle()

    first, second = await list_cases(hq.db)
    assert (first.state, first.closed_at, first.closed_why) == (
        "closed",
        NOON + 9,
        "MB002 has paid",
    )
    assert (second.state, second.loser_store) == ("open", "MB003")
    assert [case["state"] for case in await other.changes("case")] == ["open", "closed"]
    assert (await store.changes("case"))[1]["state"] == "closed"
    with pytest.raises(AdminError, match="no open case"):
        await close_case(hq.db, open_case.case_id, why="again", now=NOON)


async def test_with_the_winner_gone_the_remaining_uses_stand_against_each_other(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    third = await hq.store("MB003")
    [coupon_id] = await hq.issue()
    winning = store.journal()
    use = winning.redeem(coupon_id, bound=False)
    await store.send(winning)
    await hq.settle()
    for client in (other, third):
        hq.clock.now += 1
        await redeemed(client, coupon_id)
        await hq.settle()
    winning.reverse(use)
    await store.send(winning, 2)

    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB002")]
    assert await hq.rows(
        "SELECT winner_store, loser_store FROM coupon_case WHERE state = 'open'"
    ) == [("MB002", "MB003")]


async def test_a_revoked_coupon_stays_revoked_when_its_use_is_reversed(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    journal = store.journal()
    journal.reverse(use := journal.redeem(coupon_id, bound=False))
    assert use.coupon_id == coupon_id
    await store.send(journal, 1, 1)
    await hq.settle()
    await hq.db.execute("UPDATE coupon SET revoked_at = 1")
    await store.send(journal, 2)

    await hq.settle()

    assert await states(other, coupon_id) == [("used", "MB001"), ("revoked", "")]


async def test_what_names_a_coupon_that_hq_never_issued_is_kept_parked_and_guarded(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    await redeemed(store, UNKNOWN)
    await redeemed(other, UNKNOWN)

    await hq.settle()

    assert await hq.rows("SELECT store, code FROM parked ORDER BY store") == [
        ("MB001", "unknown_coupon"),
        ("MB002", "unknown_coupon"),
    ]
    assert len(await holders(hq)) == 1
    assert len(await store.changes("case")) == 1


async def test_a_coupon_used_in_a_store_that_it_is_not_for_is_shown_and_loses(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue(store="MB002")
    await redeemed(store, coupon_id, bound=True)
    await hq.settle()
    await redeemed(other, coupon_id, bound=True)

    await hq.settle()

    assert await hq.rows("SELECT store, code FROM parked") == [("MB001", "coupon_of_other_store")]
    [case] = await other.changes("case")
    assert (case["winner"]["store"], case["ground"]) == ("MB002", Ground.BINDING)


async def test_a_reversal_of_nothing_is_shown(hq: HeadOffice, store: StoreClient) -> None:
    journal, stranger = store.journal(), Journal("MB009")
    journal.reverse(stranger.redeem(UNKNOWN))
    await store.send(journal)

    await hq.settle()

    assert await hq.rows("SELECT seq, code FROM parked") == [(1, "unknown_redemption")]


async def test_a_redemption_id_that_comes_twice_is_shown_and_counts_once(
    hq: HeadOffice, store: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    journal = store.journal()
    use = journal.redeem(coupon_id)
    journal.append("coupon.redeemed", {"redemption": use, "order_fen": 1})
    await store.send(journal)

    await hq.settle()

    assert await hq.rows("SELECT seq, code FROM parked") == [(2, "redemption_repeated")]
    assert await hq.count("coupon_use") == 1


async def test_a_journal_is_settled_over_a_change_of_epoch(
    hq: HeadOffice, store: StoreClient
) -> None:
    kept, lost, found = await hq.issue(3)
    journal = await redeemed(store, kept, lost)
    del journal.lines[1:]
    await store.hello(journal)
    journal.redeem(found)
    await store.send(journal, 2)

    await hq.settle(limit=2)

    assert [coupon_id for coupon_id, _ in await holders(hq)] == sorted([kept, lost, found])
    assert await hq.rows("SELECT epoch, settled_seq FROM store_settlement") == [(2, 2)]
