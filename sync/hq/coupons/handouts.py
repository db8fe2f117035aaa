"""Handouts: coupons signed in advance, which one store gives away with its sales."""

from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.money import MAX_FEN, yuan
from sync.hq.coupons.coupons import IssuedCoupon, Terms, issue_coupons
from sync.hq.coupons.issue_runs import RunKind
from sync.hq.errors import AdminError
from sync.hq.feed.announce import Announcement, announce
from sync.hq.stores import unknown_store
from sync.hq.trust.keys import KeyStore
from sync.protocol.changes import HandoutChange
from sync.protocol.messages import Entity

MAX_HANDOUTS = 5_000
"""Of one call: they go down the store's line."""


async def hand_out(
    connection: Connection,
    key_store: KeyStore,
    terms: Terms,
    *,
    giver: str,
    from_fen: int,
    count: int,
    now: Millis,
) -> list[IssuedCoupon]:
    """Give the store `giver` coupons to hand out, one with each sale from `from_fen`; AdminError.

    The change feed holds their tokens, which HQ keeps of no other coupon.
    """
    if not 1 <= count <= MAX_HANDOUTS:
        raise AdminError(
            "1 to {most} coupons at a time, got {count}", most=MAX_HANDOUTS, count=count
        )
    if not 0 <= from_fen <= MAX_FEN:
        raise AdminError("a sale comes to {most} yuan at most", most=yuan(MAX_FEN))
    if await connection.fetchval("SELECT 1 FROM store WHERE store = $1", giver) is None:
        raise unknown_store(giver)
    async with connection.transaction():
        issued = await issue_coupons(
            connection, key_store, terms, count=count, now=now, kind=RunKind.HANDOUTS
        )
        changes = [
            HandoutChange(
                coupon_id=coupon.coupon_id,
                campaign=terms.campaign,
                token=coupon.token,
                from_fen=from_fen,
                expires=terms.expires,
            )
            for coupon in issued
        ]
        await announce(
            connection,
            *(Announcement(giver, Entity.HANDOUT, told.coupon_id, told) for told in changes),
        )
    return issued
