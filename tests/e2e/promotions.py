"""What head office decides amid the day: a promotion of its own, another policy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.campaign import AmountOff
from agent.domain.policy import CampaignClass, Limits, Policy
from agent.domain.token import Channel
from agent.store import catalogue
from sync.hq.admin.campaigns import add_campaign
from sync.hq.admin.policy import current_policy, publish_policy
from tests.e2e.shop import SUPPLY_TIMEOUT_S, Shop
from tests.lab.demo.supply import Promotion
from tests.lab.until import until

ALONE = Promotion(
    name="新客立减8",
    rule=AmountOff(min_fen=0, off_fen=800),
    class_=CampaignClass.BOUND,
    channel=Channel.OFFLINE,
)
"""Its coupons stand beside no other."""


async def add_alone(shop: Shop) -> None:
    """Let there be coupons of ALONE."""
    now = SystemClock().wall()
    async with shop.chain.hq.connection() as connection:
        campaign = await add_campaign(
            connection,
            name=ALONE.name,
            rule=ALONE.rule,
            class_=ALONE.class_,
            starts_at=Millis(now - DAY_MS),
            ends_at=Millis(now + DAY_MS),
            stackable=False,
        )

    async def is_known() -> bool:
        with shop.site.database() as db:
            return catalogue.campaign(db, campaign.campaign) is not None

    await until("the store knows the campaign", is_known, timeout_s=SUPPLY_TIMEOUT_S)


@asynccontextmanager
async def limits(shop: Shop, *, soft_count: int, hard_count: int) -> AsyncIterator[None]:
    """Let the store take so many coupons at risk, as long as this lasts."""
    narrow = Limits(soft_count=soft_count, hard_count=hard_count)
    async with shop.chain.hq.connection() as connection:
        usual = await current_policy(connection, shop.chain.hq.key_store)
    assert usual is not None
    await _publish(shop, replace(usual, limits=narrow))
    try:
        yield
    finally:
        await _publish(shop, usual)


async def _publish(shop: Shop, policy: Policy) -> None:
    hq = shop.chain.hq
    async with hq.connection() as connection:
        now = SystemClock().wall()
        edition = await publish_policy(connection, hq.key_store, policy, now=now)

    async def holds() -> bool:
        return (await shop.site.status()).policy_version == edition.version

    await until("the policy holds in the store", holds, timeout_s=SUPPLY_TIMEOUT_S)
