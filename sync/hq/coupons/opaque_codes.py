"""Opaque codes: coupons of one store that are scanned or typed as a short code or a passphrase."""

import secrets
from collections.abc import Sequence

import msgspec
from asyncpg import Connection, UniqueViolationError

from agent.base.clock import Millis
from agent.domain.barcodes.article_code import is_barcode
from agent.domain.coupons.codes import CodeError, clean, is_payment_code
from agent.domain.coupons.opaque import (
    MAX_OPAQUE_CHARS,
    MAX_USES,
    OpaqueCoupons,
    coupon_ids,
    digest_of,
    key_of,
    normal,
)
from agent.domain.coupons.token import is_token
from sync.hq.coupons.coupons import Terms, check_terms, insert_coupons
from sync.hq.coupons.issue_runs import RunKind, begin_run
from sync.hq.errors import AdminError
from sync.hq.feed.announce import Announcement, announce
from sync.protocol.messages import Entity

MAX_CODES = 5_000
"""Of one call: they go down the store's line."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what is misread or misheard: 0 O, 1 I L."""
_CHARS = 12
"""59 bits: nobody guesses one at a till."""


class OpaqueCode(msgspec.Struct, frozen=True, kw_only=True):
    """A new code; HQ does not keep it."""

    code: str
    coupon_ids: tuple[str, ...]
    run: int
    """By which those that were issued together are listed and revoked."""


async def issue_codes(
    connection: Connection, terms: Terms, *, count: int, now: Millis
) -> list[OpaqueCode]:
    """Issue `count` coupons of one use each, every one under a new random code; AdminError."""
    if not 1 <= count <= MAX_CODES:
        raise AdminError("1 to {most} codes at a time, got {count}", most=MAX_CODES, count=count)
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_CHARS)) for _ in range(count)]
    return await _issue(connection, terms, codes, uses=1, kind=RunKind.CODES, now=now)


async def issue_passphrase(
    connection: Connection, terms: Terms, passphrase: str, *, uses: int, now: Millis
) -> OpaqueCode:
    """Issue `uses` coupons under one passphrase; AdminError."""
    if not 1 <= uses <= MAX_USES:
        raise AdminError("1 to {most} uses of a passphrase, got {uses}", most=MAX_USES, uses=uses)
    _check_passphrase(passphrase)
    [issued] = await _issue(
        connection, terms, [passphrase], uses=uses, kind=RunKind.PASSPHRASE, now=now
    )
    return issued


async def _issue(
    connection: Connection,
    terms: Terms,
    codes: Sequence[str],
    *,
    uses: int,
    kind: RunKind,
    now: Millis,
) -> list[OpaqueCode]:
    store = terms.store
    if store is None:
        raise AdminError("an opaque code is good in one store: name it with --store")
    await check_terms(connection, terms, now=now)
    digests = [digest_of(normal(code)) for code in codes]
    ids = [coupon_ids(digest, store, uses) for digest in digests]
    told = [_told(terms, digest, uses) for digest in digests]
    try:
        async with connection.transaction():
            run = await begin_run(connection, terms.campaign, kind=kind, now=now)
            every = [one for each in ids for one in each]
            await insert_coupons(connection, terms, every, run=run, now=now)
            await announce(
                connection, *(Announcement(store, Entity.OPAQUE_CODE, one.key, one) for one in told)
            )
    except UniqueViolationError:
        raise AdminError(
            "store {store} has this code already: choose another", store=store
        ) from None
    return [
        OpaqueCode(code=code, coupon_ids=own, run=run) for code, own in zip(codes, ids, strict=True)
    ]


def _told(terms: Terms, digest: str, uses: int) -> OpaqueCoupons:
    return OpaqueCoupons(
        key=key_of(digest),
        campaign=terms.campaign,
        not_before=terms.not_before,
        expires=terms.expires,
        uses=uses,
        member=terms.member,
        channel=terms.channel,
    )


def _check_passphrase(text: str) -> None:
    """Refuse what a till would take for something else."""
    try:
        cleaned = clean(text)
    except CodeError as error:
        raise AdminError(str(error)) from None
    if cleaned != text or len(text) > MAX_OPAQUE_CHARS:
        raise AdminError(
            "a passphrase has 1 to {most} characters and no blank at its ends",
            most=MAX_OPAQUE_CHARS,
        )
    spoken = normal(text)
    if not spoken or len(spoken) > MAX_OPAQUE_CHARS:
        raise AdminError("a passphrase needs letters or digits that can be said")
    if is_token(spoken) or is_payment_code(spoken) or is_barcode(text) or is_barcode(spoken):
        raise AdminError("a till would take this for a token, a payment code or a bar code")
