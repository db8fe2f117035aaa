"""Binding: a coupon of the whole chain is held for one store, and its code names that store.

It is a claim like one that the store makes (sync/hq/coupons/claims.py): of all stores one has it,
and when it lapses unused, others may have it once that store has told what it recorded until then.
"""

import secrets
from enum import StrEnum
from typing import NamedTuple, Protocol

from asyncpg import Connection
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import MINUTE_MS, SECOND_MS, Millis
from agent.domain.coupons.token import Channel, Claims, TokenKind, encode_token
from sync.hq.coupons.claims import bind_claim, claimed_elsewhere
from sync.hq.members.members import introduce_member
from sync.hq.wallet.coupons import Held, Standing, locked

BOUND_MS = 10 * MINUTE_MS
"""From the customer's choice at the counter to the scan."""

_STORE = "SELECT store FROM store WHERE store = $1"


class Refusal(StrEnum):
    """Why a coupon was not bound."""

    NOT_YOURS = "not_yours"
    NOT_OPEN = "not_open"
    """Used, over, waiting, or not to be bound."""
    ELSEWHERE = "elsewhere"
    """Another store has it, or may be taking it."""
    NO_SUCH_STORE = "no_such_store"
    OTHER_STORE = "other_store"
    """The coupon is good in another store alone."""


class Signs(Protocol):
    """Signs what a store accepts."""

    async def key(
        self, connection: Connection, *, now: Millis, until: Millis
    ) -> tuple[bytes, Ed25519PrivateKey]:
        """Return a key that counts from `now` to `until`, and its id; AdminError."""


class Bound(NamedTuple):
    """A coupon that one store takes for certain, with or without a line."""

    token: str
    store: str
    until: Millis


async def bind(
    connection: Connection, signs: Signs, *, member_id: str, coupon_id: str, store: str, now: Millis
) -> Bound | Refusal:
    """Bind the member's coupon to the store for BOUND_MS at most; bound there, it stays so."""
    async with connection.transaction():
        held = await locked(connection, coupon_id, now=now)
        if held is None or held.member_id != member_id:
            return Refusal.NOT_YOURS
        if await connection.fetchval(_STORE, store) is None:
            return Refusal.NO_SUCH_STORE
        refusal = await _refusal(connection, held, store, now)
        if refusal is not None:
            return refusal
        until = held.bound_until
        if held.standing is not Standing.BOUND:
            until = _whole_second(min(now + BOUND_MS, held.expires))
            await bind_claim(connection, coupon_id, store, _claim_id(), now=now, until=until)
            await introduce_member(connection, member_id, store)
    return await code_of(connection, signs, held, store=store, until=until, now=now)


async def code_of(
    connection: Connection, signs: Signs, held: Held, *, store: str, until: Millis, now: Millis
) -> Bound:
    """Return the code of a coupon that is bound to `store` until then."""
    kid, key = await signs.key(connection, now=now, until=until)
    claims = Claims(
        code_id=held.coupon_id,
        kind=TokenKind.COUPON,
        not_before=_whole_second(
            held.not_before
        ),  # not from now on: the store's clock may be behind
        expires=until,
        received=held.received,
        store=store,
        campaign=held.campaign.campaign,
        index=held.index,
        # Who holds the phone is the member, of whom a store that is cut off may never have heard.
        member=held.member_id if held.campaign.member_only else None,
        channel=Channel(held.channel),
    )
    return Bound(encode_token(claims, kid=kid, key=key), store, until)


async def _refusal(connection: Connection, held: Held, store: str, now: Millis) -> Refusal | None:
    if held.store not in (None, store):
        return Refusal.OTHER_STORE
    if held.standing is Standing.BOUND:
        return None if held.bound_store == store else Refusal.ELSEWHERE
    if held.standing is not Standing.OPEN:
        return Refusal.NOT_OPEN
    taken = await claimed_elsewhere(connection, [held.coupon_id], store, now=now)
    return Refusal.ELSEWHERE if taken else None


def _claim_id() -> str:
    return f"wallet-{secrets.token_hex(8)}"


def _whole_second(at: int) -> Millis:
    return Millis(at // SECOND_MS * SECOND_MS)
