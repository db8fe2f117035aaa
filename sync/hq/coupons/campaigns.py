"""Campaigns: the rules of promotions."""

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.coupons.campaign import AmountOff, Campaign, Rule, SetPrice
from agent.domain.money import MAX_FEN
from agent.domain.trust.policy import CampaignClass
from sync.hq.errors import AdminError
from sync.hq.feed.announce import EVERY_STORE, Announcement, announce
from sync.protocol.messages import Entity

MAX_NAME_CHARS = 128

_NUMBER = """
SELECT nextval(pg_get_serial_sequence('campaign', 'campaign'))
"""

_ADD = "INSERT INTO campaign (campaign, body) VALUES ($1, $2)"

_LIST = "SELECT body FROM campaign ORDER BY campaign"

_FIND = "SELECT body FROM campaign WHERE campaign = $1"

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
        body = msgspec.json.encode(campaign).decode()
        await connection.execute(_ADD, campaign.campaign, body)
        key = str(campaign.campaign)
        await announce(connection, Announcement(EVERY_STORE, Entity.CAMPAIGN, key, campaign))
    return campaign


async def list_campaigns(connection: Connection) -> list[Campaign]:
    """Return every campaign by number."""
    return [_decoder.decode(row["body"]) for row in await connection.fetch(_LIST)]


async def find_campaign(connection: Connection, number: int) -> Campaign:
    """Return a campaign; AdminError if there is none of that number."""
    body = await connection.fetchval(_FIND, number)
    if body is None:
        raise AdminError(f"there is no campaign {number}; `store-hq campaign list` shows them")
    return _decoder.decode(body)


def _check_name(name: str) -> None:
    if not (1 <= len(name) <= MAX_NAME_CHARS and name.isprintable() and name.strip()):
        raise AdminError(
            f"a campaign's name has 1 to {MAX_NAME_CHARS} characters, none of them a control"
            f" character; got {name[:MAX_NAME_CHARS]!r}"
        )


def _check(rule: Rule, skus: tuple[str, ...], starts_at: Millis, ends_at: Millis) -> None:
    if ends_at <= starts_at:
        raise AdminError("a campaign ends after it starts")
    if isinstance(rule, AmountOff) and rule.off_fen > max(rule.min_fen, 0) > 0:
        raise AdminError("the rule takes off more than it asks to spend")
    if isinstance(rule, SetPrice):
        if len(set(skus)) < 2:
            raise AdminError("a set names two articles or more: --sku A --sku B")
    elif rule.min_fen > MAX_FEN:
        raise AdminError("the rule asks to spend more than any sale comes to")
