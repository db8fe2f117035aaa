"""A store that uses one coupon again and again has one case for it, with all of its loss."""

from sync.hq.coupons.cases import list_cases
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.settlement.uses import holders, redeemed

_AGAIN = 40


async def test_uses_without_end_of_one_coupon_are_one_case_until_the_winner_takes_its_use_back(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon_id] = await hq.issue()
    honest = store.journal()
    use = honest.redeem(coupon_id, bound=False)
    await store.send(honest)
    await hq.settle()
    rogue = await redeemed(other, *[coupon_id] * _AGAIN)
    await hq.settle(limit=7)

    [case] = await list_cases(hq.db)
    assert (case.winner_store, case.loser_store, case.further_uses) == (
        "MB001",
        "MB002",
        _AGAIN - 1,
    )
    assert case.loss_fen == _AGAIN * use.discount_fen
    assert len(await store.changes("case")) == len(await other.changes("case")) == 1

    honest.reverse(use)
    await store.send(honest, 2)
    await hq.settle()

    assert await holders(hq) == [(coupon_id, "MB002")]
    [case] = await list_cases(hq.db, state="open")
    assert (case.winner_store, case.loser_store, case.further_uses) == (
        "MB002",
        "MB002",
        _AGAIN - 2,
    )
    rogue.redeem(coupon_id, bound=False)
    await other.send(rogue, _AGAIN + 1)
    await hq.settle()
    [case] = await list_cases(hq.db, state="open")
    assert case.further_uses == _AGAIN - 1
