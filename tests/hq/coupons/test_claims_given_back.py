"""Orders that want one coupon at the same time: the last one gives it back if it has not taken it,
and none does when one has."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.base.clock import SystemClock
from agent.domain.coupons.decision import Decision
from agent.domain.outcome import Outcome, Reason
from agent.hq_claims import HqClaims
from agent.services.coupons.claiming import claimed
from agent.services.coupons.verdict import Judged, Presented
from agent.state_dir import DATABASE_FILE
from agent.store.coupons import redemptions
from agent.store.coupons.redemptions import Moment
from agent.store.database import Database
from agent.store.line import sync_state
from sync.client import HqClient
from sync.protocol.identity import Identity
from sync.transport.link import LinkState
from sync.transport.request import Timeouts
from tests.domain.factories import claims as token_claims
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal
from tests.lab.fresh_file import fresh_database
from tests.services.chain import Chain, make_desk

INSTALL = Identity(Journal("MB001").install_id, 1)


async def greeted() -> Identity:
    return INSTALL


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = fresh_database(tmp_path / DATABASE_FILE)
    database.open()
    await database.write(
        lambda db: sync_state.found(db, store="MB001", install_id=INSTALL.install_id)
    )
    yield database
    await asyncio.to_thread(database.close)


@pytest.fixture
async def claims(hq: HeadOffice, store: StoreClient, database: Database) -> AsyncIterator[HqClaims]:
    clock = SystemClock()
    client = HqClient(
        urls=[hq.url],
        credentials=await store.key(INSTALL.install_id),
        timeouts=Timeouts(connect_ms=5_000, total_ms=10_000),
        user_agent="store-agent/test",
        link=LinkState(),
        clock=clock,
    )
    await client.start()
    claims = HqClaims(
        database, client, clock=clock, identify=greeted, budget_ms=10_000, give_back_ms=10_000
    )
    yield claims
    await claims.stop()
    await client.stop()


async def test_the_last_order_that_did_not_take_it_gives_it_back(
    hq: HeadOffice, claims: HqClaims
) -> None:
    [coupon] = await hq.issue(1)
    await claims.ask([coupon])
    await claims.ask([coupon])
    claims.end([coupon], taken=False)
    await claims.settled()
    assert await hq.count("coupon_claim") == 1
    claims.end([coupon], taken=False)
    await claims.settled()
    assert await hq.count("coupon_claim") == 0


async def test_what_one_order_took_the_other_does_not_give_back(
    hq: HeadOffice, claims: HqClaims, database: Database
) -> None:
    [coupon] = await hq.issue(1)
    journal = Journal("MB001")
    use = journal.redeem(coupon, bound=False)
    moment = Moment(seq=1, till="T1", receipt="", occurred_at=NOON)
    await claims.ask([coupon])
    await claims.ask([coupon])
    await database.write(lambda db: redemptions.add(db, use, moment))
    claims.end([coupon], taken=True)
    claims.end([coupon], taken=False)
    await claims.settled()
    assert await hq.count("coupon_claim") == 1


@pytest.mark.parametrize(("broken_off", "kept"), [(asyncio.CancelledError, 1), (ValueError, 0)])
async def test_an_order_broken_off_amid_its_write_may_be_recorded_and_gives_nothing_back(
    hq: HeadOffice,
    claims: HqClaims,
    database: Database,
    tmp_path: Path,
    broken_off: type[BaseException],
    kept: int,
) -> None:
    [coupon] = await hq.issue(1)
    await claims.ask([coupon])  # head office answers: the line is up
    claims.end([coupon], taken=True)
    clock = SystemClock()
    made = make_desk(database, Chain(clock.wall()).settings(tmp_path), clock)
    of_the_chain = token_claims(code_id=coupon, store=None)
    good = Decision(outcome=Outcome.ACCEPTED, reason=Reason.CLAIMED_WHEN_USED)
    judged = Judged(claims=of_the_chain, campaign=None, decision=good)
    desk = replace(made, claims=claims)

    async def use() -> None:
        async with claimed(desk, (Presented(of_the_chain, None),), lambda _: (judged,)):
            assert await hq.count("coupon_claim") == 1
            raise broken_off

    with pytest.raises(broken_off):
        await use()
    await claims.settled()
    assert await hq.count("coupon_claim") == kept
