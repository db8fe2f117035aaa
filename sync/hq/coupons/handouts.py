"""Handouts: coupons signed in advance, which one store gives away with its sales."""

from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.money import MAX_FEN
from sync.hq.coupons.coupons import Terms, issue_coupons
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
) -> int:
    """Give the store `giver` coupons to hand out, one with each sale from `from_fen`; AdminError.

    The change feed holds their tokens, which HQ keeps of no other coupon.
    """
    if not 1 <= count <= MAX_HANDOUTS:
        raise AdminError(f"1 to {MAX_HANDOUTS} coupons at a time, got {count}")
    if not 0 <= from_fen <= MAX_FEN:
        raise AdminError(f"a sale comes to 0 to {MAX_FEN} fen, got {from_fen}")
    if await connection.fetchval("SELECT 1 FROM store WHERE store = $1", giver) is None:
        raise unknown_store(giver)
    async with connection.transaction():
        issued = await issue_coupons(connection, key_store, terms, count=count, now=now)
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
    return len(issued)
