"""Coupons: issuing signed tokens, revoking coupons."""

import os
from collections.abc import Sequence

import msgspec
from asyncpg import Connection, Record

from agent.base.clock import Millis
from agent.domain.coupons.token import ID_BYTES, Channel, Claims, TokenKind, encode_token
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.campaigns import find_campaign
from sync.hq.errors import AdminError
from sync.hq.feed.announce import EVERY_STORE, Announcement, announce
from sync.hq.members.members import check_member
from sync.hq.stores import unknown_store
from sync.hq.trust.keys import KeyStore, newest_signing_key
from sync.protocol.changes import CouponChange, CouponState
from sync.protocol.messages import Entity

MAX_ISSUE = 100_000
"""Coupons of one call: one transaction, and their tokens in memory."""

_STORE = "SELECT store FROM store WHERE store = $1"

_ISSUE = """
INSERT INTO coupon (
    coupon_id, campaign, store, member_id, channel, not_before, expires, issued_at)
SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM unnest($1::text[]) AS id
RETURNING coupon_id, status_index
"""

_REVOKE = """
UPDATE coupon SET revoked_at = $2 WHERE coupon_id = $1 AND revoked_at IS NULL
RETURNING store
"""

_FIND = "SELECT coupon_id FROM coupon WHERE coupon_id = $1"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What coupons are issued for."""

    campaign: int
    not_before: Millis
    expires: Millis
    store: str | None = None
    """The only store that may take them; None: every store."""
    member: str | None = None
    """The member they belong to, 24 hex digits."""
    channel: Channel = Channel.ONLINE


class IssuedCoupon(msgspec.Struct, frozen=True, kw_only=True):
    """A new coupon; HQ does not keep the token."""

    coupon_id: str
    token: str


async def issue_coupons(
    connection: Connection, key_store: KeyStore, terms: Terms, *, count: int, now: Millis
) -> list[IssuedCoupon]:
    """Issue `count` coupons, each with a signed token; AdminError."""
    if not 1 <= count <= MAX_ISSUE:
        raise AdminError(f"1 to {MAX_ISSUE} coupons at a time, got {count}")
    await check_terms(connection, terms)
    kid, key = await newest_signing_key(connection, key_store, now=now, until=terms.expires)
    ids = [os.urandom(ID_BYTES).hex() for _ in range(count)]
    async with connection.transaction():
        rows = await insert_coupons(connection, terms, ids, now=now)
        return [
            IssuedCoupon(
                coupon_id=row["coupon_id"],
                token=encode_token(_claims(terms, **row), kid=kid, key=key),
            )
            for row in rows
        ]


async def insert_coupons(
    connection: Connection, terms: Terms, ids: Sequence[str], *, now: Millis
) -> list[Record]:
    """Record coupons of these ids; return each with its status index."""
    values = (terms.campaign, terms.store, terms.member, int(terms.channel))
    dates = (terms.not_before, terms.expires, now)
    rows: list[Record] = await connection.fetch(_ISSUE, ids, *values, *dates)
    return rows


async def revoke_coupon(connection: Connection, coupon_id: str, *, now: Millis) -> None:
    """Revoke a coupon and tell the stores that could take it; a second time does nothing."""
    async with connection.transaction():
        row = await connection.fetchrow(_REVOKE, coupon_id, now)
        if row is None:
            if await connection.fetchval(_FIND, coupon_id) is None:
                raise AdminError(f"there is no coupon {coupon_id!r}")
            return
        change = CouponChange(coupon_id=coupon_id, state=CouponState.REVOKED)
        whom = row["store"] or EVERY_STORE
        await announce(connection, Announcement(whom, Entity.COUPON, coupon_id, change))


async def check_terms(connection: Connection, terms: Terms) -> None:
    """Raise AdminError for terms that no coupon can be issued for."""
    campaign = await find_campaign(connection, terms.campaign)
    if terms.expires <= terms.not_before:
        raise AdminError("a coupon expires after it becomes valid")
    if campaign.class_ is CampaignClass.BOUND and terms.store is None:
        raise AdminError(f"campaign {terms.campaign} is of class bound: name the store")
    if campaign.member_only and terms.member is None:
        raise AdminError(f"campaign {terms.campaign} is for members only: name the member")
    if terms.member is not None:
        await check_member(connection, terms.member)
    if terms.store and await connection.fetchval(_STORE, terms.store) is None:
        raise unknown_store(terms.store)


def _claims(terms: Terms, *, coupon_id: str, status_index: int) -> Claims:
    return Claims(
        code_id=coupon_id,
        kind=TokenKind.COUPON,
        not_before=terms.not_before,
        expires=terms.expires,
        store=terms.store,
        campaign=terms.campaign,
        index=status_index,
        member=terms.member,
        channel=terms.channel,
    )
