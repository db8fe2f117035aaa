"""Revoking coupons: single ones, by whatever names them, or all of a campaign or an issue run."""

import re
from collections.abc import Sequence

import msgspec
from asyncpg import Connection, Record

from agent.base.clock import Millis
from agent.base.strict_json import MAX_INTEGER
from agent.domain.coupons.codes import CodeError, clean
from agent.domain.coupons.opaque import MAX_USES, coupon_ids, digest_of
from agent.domain.coupons.token import TokenError, TokenKind, is_token, verify_token
from agent.domain.trust.keys import KeyRing, KeySet
from sync.hq.errors import AdminError
from sync.hq.trust.keys import list_signing_keys

_ID = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)

_KNOWN = "SELECT coupon_id FROM coupon WHERE coupon_id = ANY($1) ORDER BY status_index"

_STORES = "SELECT store FROM store ORDER BY store"

_REVOKE = """
UPDATE coupon SET revoked_at = $2 WHERE coupon_id = ANY($1) AND revoked_at IS NULL
RETURNING coupon_id
"""

# Where it stands in the feed says which statements hold it (feed/revocations.py).
_TELL = """
WITH told AS (
    INSERT INTO change (store, entity, key, body)
    SELECT coalesce(store, '*'), 'coupon', coupon_id, coupon_revoked_body(coupon_id, store)
    FROM coupon WHERE coupon_id = ANY($1) ORDER BY status_index
    RETURNING key, place)
UPDATE coupon SET revoked_place = told.place FROM told WHERE coupon_id = told.key
"""

_REVOKE_ALL = """
UPDATE coupon SET revoked_at = $3
WHERE ($1::bigint IS NULL OR campaign = $1) AND ($2::bigint IS NULL OR run = $2)
AND revoked_at IS NULL AND expires > $3
RETURNING coupon_id
"""


async def find_coupons(connection: Connection, code: str) -> list[str]:
    """Return the ids of the coupons that `code` names: an id, a token, a typed or spoken code.

    A code that is good in several stores or several times names all of its coupons. Raises
    AdminError if there is none.
    """
    found = await connection.fetch(_KNOWN, await _candidates(connection, code.strip()))
    if not found:
        raise AdminError("there is no coupon {code}; `store-hq coupon list` shows them", code=code)
    return [row["coupon_id"] for row in found]


async def revoke_coupons(connection: Connection, ids: Sequence[str], *, now: Millis) -> int:
    """Revoke coupons, tell the stores that could take them, and return how many were not yet."""
    async with connection.transaction():
        return await _tell(connection, await connection.fetch(_REVOKE, ids, now))


async def revoke_all(
    connection: Connection, *, campaign: int | None = None, run: int | None = None, now: Millis
) -> int:
    """Revoke what has not expired of a campaign or an issue run, used or not; return how many.

    One of a sale that is given back later stays revoked.
    """
    async with connection.transaction():
        return await _tell(connection, await connection.fetch(_REVOKE_ALL, campaign, run, now))


async def _candidates(connection: Connection, code: str) -> list[str]:
    if _ID.fullmatch(code):
        return [code.lower()]
    if is_token(code):
        return [await _in_token(connection, code)]
    try:
        digest = digest_of(clean(code))
    except CodeError as error:
        raise AdminError(str(error)) from None
    stores = [row["store"] for row in await connection.fetch(_STORES)]
    first = {coupon_ids(digest, store, 1)[0]: store for store in stores}
    known = await connection.fetch(_KNOWN, list(first))
    having = [first[row["coupon_id"]] for row in known]
    return [one for store in having for one in coupon_ids(digest, store, MAX_USES)]


async def _in_token(connection: Connection, token: str) -> str:
    """Believe every key that was ever ours: what it signed may well have to be revoked."""
    keys = tuple(
        msgspec.structs.replace(key, not_before=0, not_after=MAX_INTEGER, revoked=False)
        for key in await list_signing_keys(connection)
    )
    try:
        claims = verify_token(token, keys=KeyRing(KeySet(version=0, keys=keys)), now=Millis(1))
    except TokenError as error:
        raise AdminError("this head office did not sign this token: {why}", why=error) from None
    if claims.kind is not TokenKind.COUPON:
        raise AdminError("this is a {kind}'s code, not a coupon", kind=claims.kind.name.lower())
    return claims.code_id


async def _tell(connection: Connection, revoked: Sequence[Record]) -> int:
    await connection.execute(_TELL, [row["coupon_id"] for row in revoked])
    return len(revoked)
