"""Coupons for a store to hand out: signed, for its eyes alone, told once."""

import pytest

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.token import verify_token
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.coupons import Terms
from sync.hq.coupons.handouts import hand_out
from sync.hq.errors import AdminError
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON
from tests.hq.trust.key_ring import key_ring


async def give(hq: HeadOffice, *, giver: str = "MB001", count: int = 3) -> Terms:
    campaign = await hq.campaign(CampaignClass.CHAIN)
    terms = Terms(campaign=campaign.campaign, not_before=NOON, expires=Millis(NOON + 30 * DAY_MS))
    await hand_out(hq.db, hq.key_store, terms, giver=giver, from_fen=10_000, count=count, now=NOON)
    return terms


async def test_the_store_gets_them_and_no_other_does(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    terms = await give(hq)
    told = await store.changes("handout")
    assert [(one["from_fen"], one["expires"]) for one in told] == [(10_000, terms.expires)] * 3
    assert len({one["coupon_id"] for one in told}) == 3
    assert await other.changes("handout") == []


async def test_each_token_is_the_coupon_that_it_is_said_to_be(
    hq: HeadOffice, store: StoreClient
) -> None:
    terms = await give(hq)
    ring = await key_ring(hq, store)
    for one in await store.changes("handout"):
        claims = verify_token(one["token"], keys=ring, now=NOON)
        assert (claims.code_id, claims.campaign) == (one["coupon_id"], terms.campaign)


async def test_a_store_that_is_not_there_gets_none_and_no_coupon_is_issued(hq: HeadOffice) -> None:
    with pytest.raises(AdminError, match="XX999"):
        await give(hq, giver="XX999")
    assert await hq.rows("SELECT count(*) FROM coupon") == [(0,)]
