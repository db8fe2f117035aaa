"""Member cards: the signed code by which a member shows at the till who they are."""

from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.coupons.token import Claims, TokenKind, encode_token
from sync.hq.errors import AdminError
from sync.hq.members.members import check_member
from sync.hq.trust.keys import KeyStore, newest_signing_key


async def member_card(
    connection: Connection, key_store: KeyStore, member_id: str, *, expires: Millis, now: Millis
) -> str:
    """Return a token for the member, good from `now` until `expires`; AdminError."""
    if expires <= now:
        raise AdminError("a member's code expires after now")
    await check_member(connection, member_id)
    kid, key = await newest_signing_key(connection, key_store, now=now, until=expires)
    claims = Claims(code_id=member_id, kind=TokenKind.MEMBER, not_before=now, expires=expires)
    return encode_token(claims, kid=kid, key=key)
