"""Campaigns: the rules of promotions."""

from typing import Any

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.coupons.campaign import AmountOff, Campaign, Gift, Rule, SetPrice, StandsInBook
from agent.domain.money import MAX_FEN
from agent.domain.trust.policy import CampaignClass
from sync.hq.assortment import check_articles
from sync.hq.errors import AdminError
from sync.hq.feed.announce import EVERY_STORE, Announcement, announce
from sync.protocol.messages import Entity

MAX_NAME_CHARS = 128
ALWAYS = frozenset({"name", "ends_at"})
"""What may change although coupons of the campaign were used: it alters no sale that was made."""

_NUMBER = """
SELECT nextval(pg_get_serial_sequence('campaign', 'campaign'))
"""

_ADD = "INSERT INTO campaign (campaign, body) VALUES ($1, $2)"

_LIST = "SELECT campaign, body FROM campaign ORDER BY campaign"

_FIND = "SELECT body FROM campaign WHERE campaign = $1"

_LOCK = "SELECT body FROM campaign WHERE campaign = $1 FOR UPDATE"

_CHANGE = "UPDATE campaign SET body = $2 WHERE campaign = $1"

_USES = """
SELECT count(*) FROM coupon c JOIN coupon_use u USING (coupon_id) WHERE c.campaign = $1
"""

_NOT_FITTING = """
SELECT count(*) FROM coupon WHERE campaign = $1 AND revoked_at IS NULL
AND (($2 AND store IS NULL) OR ($3 AND member_id IS NULL))
"""

_decoder = msgspec.json.Decoder(Campaign)


async def add_campaign(
    connection: Connection,
    *,
    name: str,
    rule: Rule,
    class_: CampaignClass,
    starts_at: Millis,
    ends_at: Millis,
    skus: tuple[str, ...] = (),
    member_only: bool = False,
    stackable: bool = True,
    exclusive_group: str = "",
) -> Campaign:
    """Add a campaign and announce it to every store; HQ gives its number."""
    _check_name(name)
    _check(rule, skus, starts_at, ends_at)
    await check_articles(connection, _articles(rule, skus), if_any=True)
    async with connection.transaction():
        campaign = Campaign(
            campaign=int(await connection.fetchval(_NUMBER)),
            name=name,
            rule=rule,
            class_=class_,
            starts_at=starts_at,
            ends_at=ends_at,
            skus=skus,
            member_only=member_only,
            stackable=stackable,
            exclusive_group=exclusive_group,
        )
        await connection.execute(_ADD, campaign.campaign, _body(campaign))
        await _announce(connection, campaign)
    return campaign


async def change_campaign(
    connection: Connection, number: int, changes: dict[str, Any], *, now: Millis
) -> Campaign:
    """Change fields of a campaign and announce it; return it. AdminError.

    Once a coupon of it was used, only what is in ALWAYS may change.
    """
    async with connection.transaction():
        campaign = await _locked(connection, number)
        changed = {name for name, value in changes.items() if getattr(campaign, name) != value}
        if "ends_at" in changed and changes["ends_at"] <= now:
            raise AdminError(
                "the end would lie in the past: `store-hq campaign end {campaign}` ends it now",
                campaign=number,
            )
        if changed - ALWAYS:
            await _check_unused(connection, number)
        return await _change(connection, campaign, changes)


async def end_campaign(connection: Connection, number: int, *, now: Millis) -> Campaign:
    """End a campaign now, started or not, and announce it; return it. AdminError."""
    async with connection.transaction():
        campaign = await _locked(connection, number)
        if campaign.ends_at <= now:
            raise AdminError("campaign {campaign} is over already", campaign=number)
        starts_at = min(campaign.starts_at, Millis(now - 1))
        ended = msgspec.structs.replace(campaign, starts_at=starts_at, ends_at=now)
        return await _put(connection, ended)


async def copy_campaign(
    connection: Connection, number: int, changes: dict[str, Any], *, now: Millis
) -> Campaign:
    """Add a campaign like another one, with `changes`; it starts now unless they say. AdminError.

    It ends with the other one, if that is not over.
    """
    fields = msgspec.structs.asdict(await find_campaign(connection, number))
    del fields["campaign"]
    fields["starts_at"] = max(fields["starts_at"], now)
    wanted = {**fields, **changes}
    if wanted["ends_at"] <= now:
        raise AdminError(
            "campaign {campaign} is over: say with --ends when its copy ends", campaign=number
        )
    return await add_campaign(connection, **wanted)


async def list_campaigns(connection: Connection) -> list[Campaign]:
    """Return every campaign by number, but for those of `newer_campaigns`."""
    rows = await connection.fetch(_LIST)
    return [campaign for row in rows if (campaign := _read(row["body"])) is not None]


async def newer_campaigns(connection: Connection) -> list[int]:
    """Return the numbers of campaigns that only a newer store-hq can read."""
    rows = await connection.fetch(_LIST)
    return [row["campaign"] for row in rows if _read(row["body"]) is None]


async def find_campaign(connection: Connection, number: int) -> Campaign:
    """Return a campaign; AdminError if there is none of that number."""
    return _found(await connection.fetchval(_FIND, number), number)


async def _locked(connection: Connection, number: int) -> Campaign:
    """Lock the campaign before the statement that announces it (see announce.py)."""
    return _found(await connection.fetchval(_LOCK, number), number)


def _found(body: str | None, number: int) -> Campaign:
    if body is None:
        raise AdminError(
            "there is no campaign {campaign}; `store-hq campaign list` shows them", campaign=number
        )
    campaign = _read(body)
    if campaign is None:
        raise AdminError(
            "campaign {campaign} was made by a newer store-hq, which alone can read it: use that"
            " one, or upgrade this one",
            campaign=number,
        )
    return campaign


def _read(body: str) -> Campaign | None:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError:
        return None


async def _change(connection: Connection, campaign: Campaign, changes: dict[str, Any]) -> Campaign:
    wanted = {**msgspec.structs.asdict(campaign), **changes}
    _check_name(wanted["name"])
    _check(wanted["rule"], wanted["skus"], wanted["starts_at"], wanted["ends_at"])
    if {"rule", "skus"} & changes.keys():
        await check_articles(connection, _articles(wanted["rule"], wanted["skus"]), if_any=True)
    changed = Campaign(**wanted)
    await _check_issued(connection, changed)
    return await _put(connection, changed)


async def _put(connection: Connection, campaign: Campaign) -> Campaign:
    await connection.execute(_CHANGE, campaign.campaign, _body(campaign))
    await _announce(connection, campaign)
    return campaign


async def _announce(connection: Connection, campaign: Campaign) -> None:
    key = str(campaign.campaign)
    await announce(connection, Announcement(EVERY_STORE, Entity.CAMPAIGN, key, campaign))


def _body(campaign: Campaign) -> str:
    return msgspec.json.encode(campaign).decode()


async def _check_unused(connection: Connection, number: int) -> None:
    uses = await connection.fetchval(_USES, number)
    if uses:
        raise AdminError(
            "coupons of campaign {campaign} were used {uses} times: only its name and its end can"
            " change. End it, and begin another with `store-hq campaign copy {campaign}`",
            campaign=number,
            uses=uses,
        )


async def _check_issued(connection: Connection, campaign: Campaign) -> None:
    """Coupons that are out must be good under the rules as they will be."""
    bound = campaign.class_ is CampaignClass.BOUND
    lost = await connection.fetchval(_NOT_FITTING, campaign.campaign, bound, campaign.member_only)
    if lost:
        raise AdminError(
            "coupons of campaign {campaign} that name no store or no member, and that nobody "
            "could use then: {count}; revoke them first",
            campaign=campaign.campaign,
            count=lost,
        )


def _check_name(name: str) -> None:
    if not (1 <= len(name) <= MAX_NAME_CHARS and name.isprintable() and name.strip()):
        raise AdminError(
            "a campaign's name has 1 to {most} characters, none of them a control character;"
            " got {name}",
            most=MAX_NAME_CHARS,
            name=repr(name[:MAX_NAME_CHARS]),
        )


def _check(rule: Rule, skus: tuple[str, ...], starts_at: Millis, ends_at: Millis) -> None:
    if ends_at <= starts_at:
        raise AdminError("a campaign ends after it starts")
    if isinstance(rule, AmountOff) and rule.off_fen > max(rule.min_fen, 0) > 0:
        raise AdminError("the rule takes off more than it asks to spend")
    if isinstance(rule, SetPrice):
        if len(set(skus)) < 2:
            raise AdminError("a set names two articles or more: --sku A --sku B")
    elif isinstance(rule, StandsInBook):
        if skus:
            raise AdminError("the price book says which articles it is for: leave --sku out")
    elif rule.min_fen > MAX_FEN:
        raise AdminError("the rule asks to spend more than any sale comes to")


def _articles(rule: Rule, skus: tuple[str, ...]) -> tuple[str, ...]:
    return (*skus, rule.sku) if isinstance(rule, Gift) else skus
