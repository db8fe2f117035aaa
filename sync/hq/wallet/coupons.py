"""What a member holds: coupons that are good, that wait, and those used lately."""

from enum import StrEnum

import msgspec
from asyncpg import Connection, Record

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.campaign import Campaign
from agent.domain.trust.policy import CampaignClass

MAX_SHOWN = 100
"""Coupons on one page; those that end first."""
USED_SHOWN_MS = 7 * DAY_MS

_HELD = """
SELECT c.coupon_id, c.campaign, c.store, c.member_id, c.not_before, c.expires, c.channel,
    c.issued_at, c.status_index, c.revoked_at, u.store AS used_store, u.occurred_at AS used_at,
    l.store AS claim_store, coalesce(l.bound_until, 0) AS bound_until, g.body
FROM coupon c
JOIN campaign g ON g.campaign = c.campaign
JOIN issue_run r ON r.run = c.run AND r.kind IN ('tokens', 'earlier')
LEFT JOIN coupon_use u ON u.coupon_id = c.coupon_id AND u.holder
LEFT JOIN coupon_claim l ON l.coupon_id = c.coupon_id
"""

_OF_MEMBER = f"""
{_HELD} WHERE c.member_id = $1 AND c.revoked_at IS NULL
AND (c.expires > $2 AND u.coupon_id IS NULL OR u.occurred_at > $3)
ORDER BY u.coupon_id IS NOT NULL, c.expires, c.coupon_id LIMIT $4
"""

_LOCK = "SELECT FROM coupon WHERE coupon_id = $1 FOR NO KEY UPDATE"

_ONE = f"{_HELD} WHERE c.coupon_id = $1"

_NEVER_BOUND = (CampaignClass.STORED_VALUE, CampaignClass.THIRD_PARTY)
"""Money on a card and the vouchers of platforms are not HQ's to bind."""

_campaign = msgspec.json.Decoder(Campaign)


class Standing(StrEnum):
    """How a coupon is doing, for the member."""

    OPEN = "open"
    """It can be bound to a store."""
    BOUND = "bound"
    """Its code is good in one store, for some minutes."""
    WAITING = "waiting"
    """Good later."""
    USED = "used"
    OVER = "over"
    """Expired, revoked, or its campaign has ended."""
    AT_COUNTER = "at_counter"
    """Its kind can't be bound from here."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon of a member."""

    coupon_id: str
    campaign: Campaign
    member_id: str
    store: str | None
    """The only store that may take it; None: every store."""
    not_before: Millis
    expires: Millis
    received: Millis
    channel: int
    index: int
    standing: Standing
    bound_store: str = ""
    bound_until: Millis = Millis(0)
    used_store: str = ""
    used_at: Millis = Millis(0)


async def held_by(connection: Connection, member_id: str, *, now: Millis) -> list[Held]:
    """Return the member's coupons: those that can be used first, the first to expire before."""
    asked = member_id, now, now - USED_SHOWN_MS, MAX_SHOWN
    return [_held(row, now) for row in await connection.fetch(_OF_MEMBER, *asked)]


async def locked(connection: Connection, coupon_id: str, *, now: Millis) -> Held | None:
    """Return a coupon, locked until the transaction ends; None if there is none such."""
    await connection.execute(_LOCK, coupon_id)
    row = await connection.fetchrow(_ONE, coupon_id)  # later: what the lock waited for is seen
    return None if row is None or row["member_id"] is None else _held(row, now)


def _held(row: Record, now: Millis) -> Held:
    campaign = _campaign.decode(row["body"])
    return Held(
        coupon_id=row["coupon_id"],
        campaign=campaign,
        member_id=row["member_id"],
        store=row["store"],
        not_before=row["not_before"],
        expires=min(row["expires"], campaign.ends_at),
        received=row["issued_at"],
        channel=row["channel"],
        index=row["status_index"],
        standing=_standing(row, campaign, now),
        bound_store=row["claim_store"] or "",
        bound_until=row["bound_until"],
        used_store=row["used_store"] or "",
        used_at=row["used_at"] or Millis(0),
    )


def _standing(row: Record, campaign: Campaign, now: Millis) -> Standing:
    if row["used_store"] is not None:
        return Standing.USED
    if row["revoked_at"] is not None or now >= min(row["expires"], campaign.ends_at):
        return Standing.OVER
    if now < max(row["not_before"], campaign.starts_at):
        return Standing.WAITING
    if campaign.class_ in _NEVER_BOUND:
        return Standing.AT_COUNTER
    return Standing.BOUND if row["bound_until"] > now else Standing.OPEN
