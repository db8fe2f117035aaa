"""What the demo's head office begins with: stores, articles, stock, promotions and members.

All of it comes from the CSV files in tests/lab/data and is made up.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.coupons.campaign import SumRule, parse_rule
from agent.domain.coupons.token import Channel
from agent.domain.staff.cashier import Role
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.campaigns import add_campaign, list_campaigns
from sync.hq.coupons.coupons import Terms, issue_coupons
from sync.hq.members.member_cards import member_card
from sync.hq.members.members import Member, put_members
from sync.hq.selling.articles import put_articles
from sync.hq.stock import set_stock
from sync.protocol.changes import ArticleChange
from tests.lab.head_office import HeadOffice
from tests.lab.store_site import StoreSite

DATA_DIR = Path(__file__).parent.parent / "data"
CAMPAIGN_DAYS = 365
COUPON_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A promotion, as the file has it."""

    name: str
    rule: SumRule
    class_: CampaignClass
    channel: Channel
    """Where its coupons are handed out."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who may sign in at the till."""

    number: str
    name: str
    pin: str
    role: Role


PEOPLE = (
    Person(number="1001", name="收银员一", pin="2580", role=Role.CASHIER),
    Person(number="1002", name="收银员二", pin="1470", role=Role.CASHIER),
    Person(number="9001", name="店长", pin="3690", role=Role.SUPERVISOR),
)


async def hire(site: StoreSite) -> None:
    """Let PEOPLE sign in at the store's till."""
    headers = {"Authorization": f"Bearer {site.api_key()}"}
    async with aiohttp.ClientSession(site.url, headers=headers, raise_for_status=True) as session:
        for person in PEOPLE:
            order = {"cashier": person.number, "name": person.name, "pin": person.pin}
            await session.post("/api/v1/cashiers", json={**order, "role": person.role})


def stores() -> dict[str, str]:
    """The stores' names and addresses by code."""
    return {row["store_code"]: f"{row['name']} {row['address']}" for row in _rows("stores")}


def articles() -> list[ArticleChange]:
    """The articles of every store."""
    return [
        ArticleChange(
            sku=row["sku"],
            name=row["name"],
            price_fen=int(row["price_fen"]),
            gtin=row["gtin"],
            weighed=row["weighed"] == "yes",
            categories=tuple(row["categories"].split()),
        )
        for row in _rows("articles")
    ]


def members() -> list[Member]:
    """The members, each known in one store."""
    return [
        Member(
            member_id=row["member_id"],
            tier=row["tier"],
            points=int(row["points"]),
            phone_masked=row["phone_masked"],
            stores=(row["store_code"],),
        )
        for row in _rows("members")
    ]


def promotions() -> dict[str, Promotion]:
    """The promotions by their id in the file."""
    return {
        row["id"]: Promotion(
            name=row["name"],
            rule=parse_rule(row["rule"]),
            class_=CampaignClass(row["class"]),
            channel=Channel[row["channel"].upper()],
        )
        for row in _rows("promotions")
    }


async def supply(hq: HeadOffice) -> None:
    """Bring everything to HQ; once, in a head office that has its stores and nothing else."""
    now = SystemClock().wall()
    async with hq.connection() as connection:
        await put_articles(connection, articles())
        for store, pieces in _stock().items():
            await set_stock(connection, store, pieces)
        await put_members(connection, members())
        for promotion in promotions().values():
            await add_campaign(
                connection,
                name=promotion.name,
                rule=promotion.rule,
                class_=promotion.class_,
                starts_at=Millis(now - DAY_MS),
                ends_at=Millis(now + CAMPAIGN_DAYS * DAY_MS),
            )


async def issue(hq: HeadOffice, promotion: Promotion, *, store: str | None) -> str:
    """Issue one coupon of a promotion and return its token."""
    now = SystemClock().wall()
    async with hq.connection() as connection:
        numbers = {known.name: known.campaign for known in await list_campaigns(connection)}
        terms = Terms(
            campaign=numbers[promotion.name],
            not_before=Millis(now - DAY_MS),
            expires=Millis(now + COUPON_DAYS * DAY_MS),
            store=store,
            channel=promotion.channel,
        )
        issued = await issue_coupons(connection, hq.key_store, terms, count=1, now=now)
    return issued[0].token


async def card(hq: HeadOffice, member: Member) -> str:
    """Return the code that the member's phone shows."""
    now = SystemClock().wall()
    expires = Millis(now + COUPON_DAYS * DAY_MS)
    async with hq.connection() as connection:
        return await member_card(
            connection, hq.key_store, member.member_id, expires=expires, now=now
        )


def _stock() -> dict[str, dict[str, int]]:
    """Pieces by store and article: the shared quantity, as a till never sells online quota."""
    stock: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in _rows("store_stock"):
        stock[row["store_code"]][row["sku"]] = int(row["shared_qty"])
    return stock


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA_DIR / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)
