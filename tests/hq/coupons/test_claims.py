"""Claims: of all stores that ask for a coupon, one has it; what it does not take, others may."""

import asyncio
from typing import Any

import msgspec
import pytest

from agent.base.clock import MINUTE_MS
from agent.domain.coupons.case import CLAIM_CLOCKS_MS
from sync.hq.coupons.claims import GRACE_MS, HELD_MS
from sync.protocol.claims import ClaimAnswer, ClaimResult, ClaimState
from sync.protocol.identity import Identity
from tests.hq.head_office import Answer, HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal


def granted(coupon_id: str) -> ClaimResult:
    return ClaimResult(coupon_id=coupon_id, state=ClaimState.GRANTED)


def elsewhere(coupon_id: str, store: str) -> ClaimResult:
    return ClaimResult(coupon_id=coupon_id, state=ClaimState.ELSEWHERE, store=store)


async def post(
    store: StoreClient, *coupon_ids: str, identity: Identity | None = None, **overrides: Any
) -> Answer:
    body = msgspec.json.encode({"claim_id": "c1", "coupon_ids": coupon_ids} | overrides)
    told = identity or Identity(Journal(store.code).install_id, 1)
    return await store.request("POST", "/sync/v1/claims", body, identity=told)


async def claim(store: StoreClient, *coupon_ids: str, **overrides: Any) -> tuple[ClaimResult, ...]:
    answer = await post(store, *coupon_ids, **overrides)
    assert answer.status == 200, answer.body
    return msgspec.json.decode(answer.body, type=ClaimAnswer).results


async def test_of_stores_that_ask_at_the_same_instant_one_is_granted_each_coupon(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    coupons = await hq.issue(20)
    said = await asyncio.gather(
        *(claim(one, *order) for one in (store, other) for order in (coupons, coupons[::-1]))
    )
    for coupon_id in coupons:
        winners = {
            code
            for code, results in zip((store.code,) * 2 + (other.code,) * 2, said, strict=True)
            if granted(coupon_id) in results
        }
        assert len(winners) == 1
    assert await hq.count("coupon_claim") == len(coupons)


async def test_the_same_store_may_ask_again(hq: HeadOffice, store: StoreClient) -> None:
    coupons = await hq.issue(1)
    assert await claim(store, *coupons) == await claim(store, *coupons) == (granted(coupons[0]),)


async def test_what_is_given_back_others_may_have_and_what_comes_late_takes_nothing_away(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await hq.issue(1)
    await claim(store, coupon, claim_id="old")
    await claim(store, coupon, claim_id="new")
    assert await claim(store, coupon, claim_id="old", release=True) == ()
    assert await claim(other, coupon) == (elsewhere(coupon, "MB001"),)
    await claim(store, coupon, claim_id="new", release=True)
    assert await claim(other, coupon) == (granted(coupon),)


async def test_a_use_that_hq_knows_is_told_and_one_taken_back_frees_the_coupon(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await hq.issue(1)
    await claim(store, coupon)
    journal = store.journal()
    use = journal.redeem(coupon, bound=False)
    await store.send(journal)
    await hq.settle()
    [told] = await claim(other, coupon)
    assert told.state is ClaimState.USED
    assert told.use is not None
    assert (told.use.store, told.use.till, told.use.occurred_at) == ("MB001", "T1", NOON)
    journal.reverse(use)
    await store.send(journal, 2)
    await hq.settle()
    assert await claim(other, coupon) == (granted(coupon),)


async def test_a_claim_left_to_lapse_ends_when_its_store_has_told_what_came_of_it(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await hq.issue(1)
    await claim(store, coupon)
    hq.clock.now += HELD_MS + MINUTE_MS
    assert await claim(other, coupon) == (elsewhere(coupon, "MB001"),)  # it may have taken it
    hq.clock.now += CLAIM_CLOCKS_MS
    journal = store.journal()
    journal.sell(at=hq.clock.now)
    await store.send(journal)
    assert await claim(other, coupon) == (elsewhere(coupon, "MB001"),)  # not settled yet
    await hq.settle()
    assert await claim(other, coupon) == (granted(coupon),)


async def test_a_store_that_stays_silent_loses_its_claim_after_a_day(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [coupon] = await hq.issue(1)
    await claim(store, coupon)
    hq.clock.now += HELD_MS + GRACE_MS
    assert await claim(other, coupon) == (elsewhere(coupon, "MB001"),)
    hq.clock.now += 1
    assert await claim(other, coupon) == (granted(coupon),)


@pytest.mark.parametrize("asked", [True, False])
async def test_the_store_that_was_granted_the_coupon_wins_the_case_whoever_was_first(
    hq: HeadOffice, store: StoreClient, other: StoreClient, asked: bool
) -> None:
    [coupon] = await hq.issue(1)
    if asked:
        await claim(store, coupon)
    early, late = other.journal(), store.journal()
    early.redeem(coupon, bound=False, at=NOON - MINUTE_MS)
    late.redeem(coupon, bound=False)
    await other.send(early)
    await hq.settle()
    await store.send(late)
    await hq.settle()
    won = ("claim", "MB001") if asked else ("time", "MB002")
    assert await hq.rows("SELECT ground, winner_store FROM coupon_case") == [won]


async def test_what_can_not_be_granted_says_why(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    [revoked] = await hq.issue(1)
    [bound] = await hq.issue(1, store="MB002")
    await hq.db.execute("UPDATE coupon SET revoked_at = 1 WHERE coupon_id = $1", revoked)
    said = {one.coupon_id: one for one in await claim(store, revoked, bound, "nobody's")}
    assert said == {
        revoked: ClaimResult(coupon_id=revoked, state=ClaimState.REVOKED),
        bound: elsewhere(bound, "MB002"),
        "nobody's": ClaimResult(coupon_id="nobody's", state=ClaimState.UNKNOWN),
    }


@pytest.mark.parametrize(
    "identity", [Identity("a copy", 1), Identity(Journal("MB001").install_id, 2)]
)
async def test_a_copy_of_the_store_has_no_say(
    hq: HeadOffice, store: StoreClient, identity: Identity
) -> None:
    [coupon] = await hq.issue(1)
    answer = await post(store, coupon, identity=identity)
    assert (answer.status, answer.code) == (403, "fenced")
    assert await hq.count("coupon_claim") == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"coupon_ids": []},
        {"coupon_ids": ["c"] * 21},
        {"coupon_ids": [""]},
        {"coupon_ids": ["\0"]},
        {"claim_id": ""},
    ],
)
async def test_what_is_no_claim_is_refused(store: StoreClient, wrong: dict[str, Any]) -> None:
    answer = await post(store, "c", **wrong)
    assert (answer.status, answer.code) == (400, "claim_malformed")
