"""What hangs on a signing key."""

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from sync.hq.errors import AdminError
from sync.hq.trust.keys import list_signing_keys

_LEFT = """
SELECT count(*) FILTER (WHERE r.kid = $1) AS signed,
    count(*) FILTER (WHERE r.kid IS NULL) AS perhaps
FROM issue_run r JOIN coupon c USING (run)
LEFT JOIN coupon_use u ON u.coupon_id = c.coupon_id AND u.holder
WHERE (r.kid = $1 OR r.kid IS NULL)
AND u.coupon_id IS NULL AND c.revoked_at IS NULL AND c.expires > $2
"""


class KeyUse(msgspec.Struct, frozen=True, kw_only=True):
    """What hangs on a signing key."""

    signed: int
    """Coupons that it signed and that customers may still come with."""
    perhaps: int
    """Those of which it is not recorded which key signed them."""
    others: int
    """Other keys that count now."""


async def key_use(connection: Connection, kid: str, *, now: Millis) -> KeyUse:
    """Return what ends with the key; AdminError if it is unknown or was revoked before."""
    keys = {key.kid: key for key in await list_signing_keys(connection)}
    if kid not in keys:
        raise AdminError("there is no signing key {kid}; `store-hq keys list` shows them", kid=kid)
    if keys[kid].revoked:
        raise AdminError("key {kid} was revoked before", kid=kid)
    others = [
        key
        for key in keys.values()
        if key.kid != kid and not key.revoked and key.not_before <= now < key.not_after
    ]
    return KeyUse(**await connection.fetchrow(_LEFT, kid, now), others=len(others))
