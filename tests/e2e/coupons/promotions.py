"""What head office decides amid the day: a promotion of its own, another policy."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from msgspec.structs import replace

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.coupons.campaign import AmountOff
from agent.domain.coupons.token import Channel
from agent.domain.trust.policy import CampaignClass, Limits, Policy
from agent.store.coupons import campaigns
from sync.hq.coupons.campaigns import add_campaign, end_campaign, list_campaigns
from sync.hq.coupons.coupons import Terms
from sync.hq.coupons.handouts import hand_out
from sync.hq.trust.policy import current_policy, publish_policy
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


NIGHT = Promotion(
    name="夜场立减3",
    rule=AmountOff(min_fen=0, off_fen=300),
    class_=CampaignClass.BOUND,
    channel=Channel.OFFLINE,
)
"""It ends amid the day."""


async def add_alone(shop: Shop) -> None:
    """Let there be coupons of ALONE."""
    await _add(shop, ALONE)


async def add_night(shop: Shop) -> Callable[[], Awaitable[None]]:
    """Let there be coupons of NIGHT; return what ends it."""
    number = await _add(shop, NIGHT)

    async def end() -> None:
        async with shop.chain.hq.connection() as connection:
            await end_campaign(connection, number, now=SystemClock().wall())

    return end


async def _add(shop: Shop, promotion: Promotion) -> int:
    now = SystemClock().wall()
    async with shop.chain.hq.connection() as connection:
        campaign = await add_campaign(
            connection,
            name=promotion.name,
            rule=promotion.rule,
            class_=promotion.class_,
            starts_at=Millis(now - DAY_MS),
            ends_at=Millis(now + DAY_MS),
            stackable=False,
        )

    async def is_known() -> bool:
        with shop.site.database() as db:
            return campaigns.campaign(db, campaign.campaign) is not None

    await until("the store knows the campaign", is_known, timeout_s=SUPPLY_TIMEOUT_S)
    return campaign.campaign


async def give_away(shop: Shop, promotion: Promotion, *, from_fen: int) -> None:
    """Let the store hand out one coupon, with a sale that pays so much."""
    now, hq = SystemClock().wall(), shop.chain.hq
    async with hq.connection() as connection:
        numbers = {known.name: known.campaign for known in await list_campaigns(connection)}
        terms = Terms(
            campaign=numbers[promotion.name],
            not_before=Millis(now - DAY_MS),
            expires=Millis(now + DAY_MS),
            store=shop.site.code,
            channel=promotion.channel,
        )
        await hand_out(
            connection,
            hq.key_store,
            terms,
            giver=shop.site.code,
            from_fen=from_fen,
            count=1,
            now=now,
        )

    async def is_there() -> bool:
        with shop.site.database() as db:
            left = db.execute("SELECT count(*) FROM handout WHERE sale_id IS NULL").fetchone()
        return bool(left[0])

    await until("the store has the coupon", is_there, timeout_s=SUPPLY_TIMEOUT_S)


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
