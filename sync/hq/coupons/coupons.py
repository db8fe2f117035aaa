"""Coupons: issuing signed tokens."""

import os
from collections.abc import Sequence

import msgspec
from asyncpg import Connection, Record

from agent.base.clock import Millis
from agent.domain.coupons.token import ID_BYTES, Channel, Claims, TokenKind, encode_token
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.campaigns import find_campaign
from sync.hq.coupons.issue_runs import RunKind, begin_run
from sync.hq.errors import AdminError
from sync.hq.members.members import check_member
from sync.hq.stores import unknown_store
from sync.hq.trust.keys import KeyStore, newest_signing_key

MAX_ISSUE = 100_000
"""Coupons of one call: one transaction, and their tokens in memory."""

_STORE = "SELECT store FROM store WHERE store = $1"

_ISSUE = """
INSERT INTO coupon (
    coupon_id, campaign, store, member_id, channel, not_before, expires, issued_at, run)
SELECT id, $2, $3, $4, $5, $6, $7, $8, $9 FROM unnest($1::text[]) AS id
RETURNING coupon_id, status_index
"""


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
    run: int
    """By which those that were issued together are listed and revoked."""


async def issue_coupons(
    connection: Connection,
    key_store: KeyStore,
    terms: Terms,
    *,
    count: int,
    now: Millis,
    kind: RunKind = RunKind.TOKENS,
) -> list[IssuedCoupon]:
    """Issue `count` coupons, each with a signed token; AdminError."""
    if not 1 <= count <= MAX_ISSUE:
        raise AdminError("1 to {most} coupons at a time, got {count}", most=MAX_ISSUE, count=count)
    await check_terms(connection, terms, now=now)
    kid, key = await newest_signing_key(connection, key_store, now=now, until=terms.expires)
    ids = [os.urandom(ID_BYTES).hex() for _ in range(count)]
    async with connection.transaction():
        run = await begin_run(connection, terms.campaign, kind=kind, kid=kid.hex(), now=now)
        rows = await insert_coupons(connection, terms, ids, run=run, now=now)
        # What a store hands out is received some day later.
        received = None if kind is RunKind.HANDOUTS else now
        return [
            IssuedCoupon(
                coupon_id=row["coupon_id"],
                token=encode_token(_claims(terms, received, **row), kid=kid, key=key),
                run=run,
            )
            for row in rows
        ]


async def insert_coupons(
    connection: Connection, terms: Terms, ids: Sequence[str], *, run: int, now: Millis
) -> list[Record]:
    """Record coupons of these ids as part of `run`; return each with its status index."""
    values = (terms.campaign, terms.store, terms.member, int(terms.channel))
    dates = (terms.not_before, terms.expires, now)
    rows: list[Record] = await connection.fetch(_ISSUE, ids, *values, *dates, run)
    return rows


def check_good(terms: Terms, *, now: Millis) -> None:
    """Raise AdminError for coupons that nobody could use any more: who asks for them mistyped."""
    if terms.expires <= now:
        raise AdminError("these coupons would have expired already")


async def check_terms(connection: Connection, terms: Terms, *, now: Millis) -> None:
    """Raise AdminError for terms that no coupon can be issued for."""
    campaign = await find_campaign(connection, terms.campaign)
    if terms.expires <= terms.not_before:
        raise AdminError("a coupon expires after it becomes valid")
    if campaign.ends_at <= max(now, terms.not_before):
        raise AdminError(
            "campaign {campaign} is over before these coupons are good; move its end with"
            " `store-hq campaign change {campaign} --ends WHEN`",
            campaign=terms.campaign,
        )
    if campaign.class_ is CampaignClass.BOUND and terms.store is None:
        raise AdminError(
            "campaign {campaign} is of class bound: name the store", campaign=terms.campaign
        )
    if campaign.member_only and terms.member is None:
        raise AdminError(
            "campaign {campaign} is for members only: name the member", campaign=terms.campaign
        )
    if terms.member is not None:
        await check_member(connection, terms.member)
    if terms.store and await connection.fetchval(_STORE, terms.store) is None:
        raise unknown_store(terms.store)


def _claims(terms: Terms, received: Millis | None, *, coupon_id: str, status_index: int) -> Claims:
    return Claims(
        code_id=coupon_id,
        kind=TokenKind.COUPON,
        not_before=terms.not_before,
        expires=terms.expires,
        received=received,
        store=terms.store,
        campaign=terms.campaign,
        index=status_index,
        member=terms.member,
        channel=terms.channel,
    )
