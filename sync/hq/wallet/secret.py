"""The secret by which members' links are proven, and links made with it."""

from asyncpg import Connection

from agent.base.clock import DAY_MS, Millis
from sync.hq.errors import AdminError
from sync.hq.members.members import check_member
from sync.hq.wallet.links import MAX_AGE_MS, Link, make_link

_SECRET = "SELECT wallet_secret FROM hq"  # noqa: S105 - SQL


async def wallet_secret(connection: Connection) -> bytes:
    """Return it."""
    secret: bytes = await connection.fetchval(_SECRET)
    return secret


async def wallet_link(
    connection: Connection, member_id: str, *, expires: Millis, now: Millis
) -> str:
    """Return the text of a member's link, good until `expires`; AdminError."""
    if not now < expires <= now + MAX_AGE_MS:
        raise AdminError(
            "a link expires after now, in {days} days at most", days=MAX_AGE_MS // DAY_MS
        )
    await check_member(connection, member_id)
    return make_link(Link(member_id, expires), secret=await wallet_secret(connection))
