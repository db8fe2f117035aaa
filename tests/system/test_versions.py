"""Head office is upgraded first: what an old agent can't read is known there, and applied later."""

import asyncio
import subprocess
import sys
from pathlib import Path

import aiohttp

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.coupons.campaign import Gift
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms, issue_coupons
from sync.hq.unread import list_unread
from tests.lab.books import holds_supply
from tests.lab.chain import Chain
from tests.lab.service import Service, console_script
from tests.lab.store_site import StoreSite
from tests.lab.until import until

IN_TIME_S = 30.0
_OLDER = """
import sys
import msgspec
from agent import cli
from agent.domain.coupons.campaign import AmountOff, Campaign, PercentOff
from agent.services.line import appliers

class OlderCampaign(Campaign, frozen=True, kw_only=True):
    rule: AmountOff | PercentOff

appliers.Campaign = OlderCampaign
sys.exit(cli.main(sys.argv[1:]))
"""
"""An agent from before there were gifts."""


def older_agent(site: StoreSite) -> Service:
    place = site.place
    command = [sys.executable, "-c", _OLDER, "run", "--config", str(place.config_file)]
    return Service(f"older agent of {place.code}", command, log=place.directory / "older.log")


async def gift_coupon(chain: Chain, store: str) -> tuple[int, str]:
    """A campaign of the newer kind and a coupon of it."""
    now = SystemClock().wall()
    ends = Millis(now + DAY_MS)
    async with chain.hq.connection() as db:
        campaign = await add_campaign(
            db,
            name="赠",
            rule=Gift(sku="A1"),
            class_=CampaignClass.BOUND,
            starts_at=now,
            ends_at=ends,
        )
        terms = Terms(campaign=campaign.campaign, not_before=now, expires=ends, store=store)
        [coupon] = await issue_coupons(db, chain.hq.key_store, terms, count=1, now=now)
    return campaign.campaign, coupon.token


async def scanned(site: StoreSite, code: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {site.api_key()}"}
    async with aiohttp.ClientSession(site.url, headers=headers, raise_for_status=True) as till:
        answer = await till.post("/api/v1/scans", json={"code": code})
        verdict: dict[str, object] = (await answer.json())["verdict"]
        return verdict


async def unread(chain: Chain) -> list[tuple[str, str, str]]:
    async with chain.hq.connection() as db:
        return [(one.store, one.entity, one.key) for one in await list_unread(db)]


def hq_says(chain: Chain, *words: str) -> str:
    command = [console_script("store-hq"), "--config", str(chain.hq.config_file), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def test_a_campaign_that_an_old_agent_can_not_read_is_applied_by_the_upgraded_one(
    tmp_path: Path,
) -> None:
    async with Chain(stores=["MB001"], directory=tmp_path) as chain:
        site = chain.stores["MB001"]
        await site.agent.stop()
        old = older_agent(site)
        await old.start()
        try:
            number, token = await gift_coupon(chain, "MB001")
            known = [("MB001", "campaign", str(number))]

            async def is_told() -> bool:
                return await unread(chain) == known

            await until("HQ knows that the store is too old", is_told, timeout_s=IN_TIME_S)
            status = await site.status()
            assert (status.line.online, status.outbox.parked_here) == (True, 1)
            async with chain.hq.connection() as db:
                assert await holds_supply(db, site), "the demo would not get ready"
            verdict = await scanned(site, token)
            assert (verdict["outcome"], verdict["reason"]) == ("refused", "needs_update")
            said = f"1 store (MB001) is too old for campaign {number}"
            assert said in await asyncio.to_thread(hq_says, chain, "campaign", "list")
            assert said in await asyncio.to_thread(hq_says, chain, "stores", "list")
        finally:
            await old.stop()
        await site.agent.start()
        assert (await site.status()).outbox.parked_here == 0
        assert (await scanned(site, token))["reason"] != "needs_update"

        async def is_clear() -> bool:
            return await unread(chain) == []

        await until("HQ knows that the store can read it", is_clear, timeout_s=IN_TIME_S)
        assert "too old" not in await asyncio.to_thread(hq_says, chain, "campaign", "list")
