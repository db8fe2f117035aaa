"""Head office's part of a replay: rules, articles, members, stock, and a signed token a coupon."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from asyncpg import Connection

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.trust.policy import CampaignClass, Limits, Policy
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms, issue_coupons
from sync.hq.members.members import Member, put_members
from sync.hq.selling.articles import put_articles
from sync.hq.stock import set_stock
from sync.hq.stores import add_store
from sync.hq.trust.keys import KeyStore
from sync.hq.trust.policy import publish_policy
from sync.protocol.changes import ArticleChange
from tests.lab.head_office import HeadOffice
from tests.lab.replay.hostile import ISSUED, Hostile
from tests.lab.replay.plan import CampaignKey, Plan

ELSEWHERE = "MB000"
"""A store without an agent: its coupons are another store's everywhere."""
STOCK_PIECES = 1_000_000
"""Of every article in every store, before the first sale."""
VALID_DAYS = 30

_PLENTY = 1_000_000_000
_WIDE = Limits(
    per_redemption_fen=_PLENTY,
    per_member_count=_PLENTY,
    soft_count=_PLENTY,
    hard_count=_PLENTY,
    soft_sum_fen=_PLENTY,
    hard_sum_fen=_PLENTY,
)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What HQ issued."""

    coupons: Sequence[str]
    """The tokens of the plan's coupons, in its order."""
    hostile: Mapping[tuple[str, Hostile], Sequence[str]]
    """Tokens that the store must refuse."""


async def issue(
    hq: HeadOffice, plan: Plan, *, stores: Sequence[str], done: Callable[[int], None]
) -> Tokens:
    """Bring everything of the plan to HQ; `done` is told how many more coupons are issued."""
    now = SystemClock().wall()
    async with hq.connection() as connection:
        await add_store(connection, ELSEWHERE, now=now)
        await publish_policy(connection, hq.key_store, Policy(version=0, limits=_WIDE), now=now)
        await _supply(connection, plan, stores)
        printer = _Printer(connection=connection, key_store=hq.key_store, now=now)
        numbers = {key: await printer.campaign(key, plan) for key in plan.rules}
        tokens = await _coupons(printer, plan, numbers, done)
        number = numbers[plan.coupons[0].campaign]
        return Tokens(coupons=tokens, hostile=await _hostile(printer, plan, number, stores))


@dataclass(frozen=True, kw_only=True)
class _Printer:
    """Makes campaigns and tokens."""

    connection: Connection
    key_store: KeyStore
    now: Millis

    async def campaign(self, key: CampaignKey, plan: Plan) -> int:
        made = await add_campaign(
            self.connection,
            name=key.name,
            rule=plan.rules[key],
            class_=CampaignClass.CHAIN if key.shared else CampaignClass.BOUND,
            starts_at=self._day(-1),
            ends_at=self._day(VALID_DAYS),
        )
        return made.campaign

    async def tokens(
        self, campaign: int, store: str | None, count: int, *, days: tuple[int, int]
    ) -> list[str]:
        terms = Terms(
            campaign=campaign,
            store=store,
            not_before=self._day(days[0]),
            expires=self._day(days[1]),
        )
        issued = await issue_coupons(
            self.connection, self.key_store, terms, count=count, now=self.now
        )
        return [coupon.token for coupon in issued]

    def _day(self, days: int) -> Millis:
        return Millis(self.now + days * DAY_MS)


async def _supply(connection: Connection, plan: Plan, stores: Sequence[str]) -> None:
    """Articles with their prices, stock everywhere, and the members where they shop."""
    lines = {line.sku: line for visit in plan.visits for line in visit.lines}
    await put_articles(
        connection,
        [
            ArticleChange(sku=line.sku, name=line.name, price_fen=line.unit_price_fen)
            for line in lines.values()
        ],
    )
    for store in stores:
        await set_stock(connection, store, dict.fromkeys(lines, STOCK_PIECES))
    shops: defaultdict[str, set[str]] = defaultdict(set)
    for visit in plan.visits:
        shops[visit.member_id].add(visit.store)
    await put_members(
        connection,
        [
            Member(member_id=member, tier="普通", stores=tuple(sorted(known)))
            for member, known in shops.items()
        ],
    )


async def _coupons(
    printer: _Printer, plan: Plan, numbers: Mapping[CampaignKey, int], done: Callable[[int], None]
) -> list[str]:
    batches: defaultdict[tuple[CampaignKey, str | None], list[int]] = defaultdict(list)
    for n, coupon in enumerate(plan.coupons):
        store = None if coupon.campaign.shared else coupon.store
        batches[coupon.campaign, store].append(n)
    tokens = [""] * len(plan.coupons)
    for (key, store), places in batches.items():
        issued = await printer.tokens(numbers[key], store, len(places), days=(-1, VALID_DAYS))
        for place, token in zip(places, issued, strict=True):
            tokens[place] = token
        done(len(places))
    return tokens


async def _hostile(
    printer: _Printer, plan: Plan, campaign: int, stores: Sequence[str]
) -> dict[tuple[str, Hostile], Sequence[str]]:
    days = {
        Hostile.OTHER_STORE: (-1, VALID_DAYS),
        Hostile.EXPIRED: (-2, -1),
        Hostile.NOT_YET_VALID: (1, VALID_DAYS),
    }
    return {
        (store, kind): await printer.tokens(
            campaign,
            ELSEWHERE if kind is Hostile.OTHER_STORE else store,
            count,
            days=days[kind],
        )
        for store in stores
        for kind in ISSUED
        if (count := plan.hostile(kind, store))
    }
