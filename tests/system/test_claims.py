"""A coupon of the whole chain: with a line it is taken for certain, by one store of all."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.coupons.campaign import AmountOff
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms, issue_coupons
from tests.api.till import QUOTES, REDEMPTIONS, SALES, Answer, Till, cash
from tests.lab.books import is_drained, is_settled
from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.lab.store_site import StoreSite
from tests.lab.until import until

HERE, THERE = "MB001", "MB002"
TOLD_S = 30.0
PRICE_FEN, OFF_FEN = 1_000, 300


class Shops:
    """Two stores of one chain, with a POS each."""

    def __init__(self, chain: Chain, session: aiohttp.ClientSession, tokens: list[str]) -> None:
        self.chain = chain
        self.session = session
        self._tokens = tokens

    def coupon(self) -> str:
        """A coupon that is good in every store, never used."""
        return self._tokens.pop()

    def pos(self, store: str) -> Till:
        site = self.chain.stores[store]
        return Till(self.session, site.place.port, site.api_key())

    async def redeem(self, store: str, token: str) -> tuple[int, str, str | None]:
        """What came of using the coupon: HTTP status, outcome, reason."""
        order = {"till": "T1", "cashier": "C7", "code": token, "order_fen": PRICE_FEN}
        return told(await self.pos(store).post(REDEMPTIONS, order))

    async def synced(self) -> None:
        """Return when HQ has everything, and it took effect."""
        for site in self.chain.stores.values():
            await until("drained", partial(is_drained, site), timeout_s=TOLD_S)
        async with self.chain.hq.connection() as connection:
            await until("settled", partial(is_settled, connection), timeout_s=TOLD_S)

    async def claims(self) -> int:
        """How many coupons are claimed at HQ."""
        async with self.chain.hq.connection() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM coupon_claim"))


def told(answer: Answer) -> tuple[int, str, str | None]:
    verdict = answer.json["verdict"]
    return answer.status, verdict["outcome"], verdict["reason"]


CERTAIN = (201, "accepted", "claimed")
AT_RISK = (201, "accepted_at_risk", "chain_wide")


@pytest.fixture
async def shops(tmp_path: Path) -> AsyncIterator[Shops]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        chain = await stack.enter_async_context(Chain(stores=[HERE, THERE], directory=tmp_path))
        shops = Shops(chain, session, await issued(chain, 20))
        for site in chain.stores.values():
            await until("the store knows the campaign", partial(_has_campaign, site), timeout_s=30)
        yield shops


async def issued(chain: Chain, count: int) -> list[str]:
    now = SystemClock().wall()
    begins, ends = Millis(now - DAY_MS), Millis(now + DAY_MS)
    async with chain.hq.connection() as connection:
        campaign = await add_campaign(
            connection,
            name="满10减3",
            rule=AmountOff(min_fen=PRICE_FEN, off_fen=OFF_FEN),
            class_=CampaignClass.CHAIN,
            starts_at=begins,
            ends_at=ends,
        )
        terms = Terms(campaign=campaign.campaign, not_before=begins, expires=ends)
        key_store = chain.hq.key_store
        coupons = await issue_coupons(connection, key_store, terms, count=count, now=now)
    return [coupon.token for coupon in coupons]


async def _has_campaign(site: StoreSite) -> bool:
    with site.database() as db:
        return bool(db.execute("SELECT count(*) FROM campaign").fetchone()[0])


def sale(token: str, **more: Any) -> dict[str, Any]:
    line = {"sku": "TEA", "unit_price_fen": PRICE_FEN}
    return {"till": "T1", "cashier": "C7", "lines": [line], "coupons": [token], **more}


async def test_with_a_line_one_store_of_all_takes_the_coupon_and_without_one_at_its_risk(
    shops: Shops,
) -> None:
    for _ in range(5):  # at the same instant
        token = shops.coupon()
        said = await asyncio.gather(shops.redeem(HERE, token), shops.redeem(THERE, token))
        assert said.count(CERTAIN) == 1
        assert {(200, "refused", "claimed_elsewhere"), (200, "refused", "already_used")} & {*said}

    quoted = await shops.pos(HERE).post(QUOTES, sale(shops.coupon()), key=None)
    coupon = quoted.json["coupons"][0]
    assert (coupon["outcome"], coupon["reason"]) == ("accepted", "claimed_when_used")
    before = await shops.claims()

    # Not paid right: nothing is recorded, and the other store may have the coupon.
    token = shops.coupon()
    wrong = await shops.pos(HERE).post(SALES, sale(token, tenders=cash(1)))
    assert wrong.status == 422
    await until("given back", partial(_claims_are, shops, before), timeout_s=TOLD_S)
    assert await shops.redeem(THERE, token) == CERTAIN

    # Head office does not answer: within the budget the policy decides, and its claim still wins.
    token = shops.coupon()
    pid = shops.chain.hq.server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        assert await shops.redeem(HERE, token) == AT_RISK
    finally:
        os.kill(pid, signal.SIGCONT)

    # No line: both take it at their risk, as ever (control), and a case follows.
    token = shops.coupon()
    for store in (HERE, THERE):
        await shops.chain.stores[store].line.cut(LineCut.REFUSE)
        await until("offline", partial(_is_offline, shops, store), timeout_s=TOLD_S)
        assert await shops.redeem(store, token) == AT_RISK
        await shops.chain.stores[store].line.mend()
    await shops.synced()
    async with shops.chain.hq.connection() as connection:
        cases = await connection.fetch("SELECT ground FROM coupon_case")
    assert [case["ground"] for case in cases] == ["time"]


async def _claims_are(shops: Shops, count: int) -> bool:
    return await shops.claims() == count


async def _is_offline(shops: Shops, store: str) -> bool:
    return not (await shops.chain.stores[store].status()).line.online
