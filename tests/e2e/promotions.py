"""What head office decides amid the day: a promotion of its own, another policy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from asyncpg import Connection
from msgspec.structs import replace

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.campaign import AmountOff
from agent.domain.policy import CampaignClass, Limits, Policy
from agent.domain.token import Channel
from sync.hq.admin.campaigns import add_campaign
from sync.hq.admin.policy import current_policy, publish_policy
from tests.e2e.shop import SUPPLY_TIMEOUT_S, Shop
from tests.lab import books
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
        await add_campaign(
            connection,
            name=ALONE.name,
            rule=ALONE.rule,
            class_=ALONE.class_,
            starts_at=Millis(now - DAY_MS),
            ends_at=Millis(now + DAY_MS),
            stackable=False,
        )
        await _told(shop, connection)


@asynccontextmanager
async def limits(shop: Shop, *, soft_count: int, hard_count: int) -> AsyncIterator[None]:
    """Let the store take so many coupons at risk, as long as this lasts."""
    narrow = Limits(soft_count=soft_count, hard_count=hard_count)
    async with shop.chain.hq.connection() as connection:
        usual = await current_policy(connection, shop.chain.hq.key_store)
        assert usual is not None
        await _publish(shop, connection, replace(usual, limits=narrow))
    try:
        yield
    finally:
        async with shop.chain.hq.connection() as connection:
            await _publish(shop, connection, usual)


async def _publish(shop: Shop, connection: Connection, policy: Policy) -> None:
    now = SystemClock().wall()
    await publish_policy(connection, shop.chain.hq.key_store, policy, now=now)
    await _told(shop, connection)


async def _told(shop: Shop, connection: Connection) -> None:
    holds = partial(books.holds_supply, connection, shop.site)
    await until("the store knows of it", holds, timeout_s=SUPPLY_TIMEOUT_S)
