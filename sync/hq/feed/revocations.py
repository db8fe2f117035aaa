"""States to each store all revocations that the feed has shown it.

A poll costs two looks into an index; a digest is made once for all stores (and once for what is one
store's own), when there is another revocation.
"""

import asyncio

from asyncpg import Connection

from sync.hq.feed.announce import EVERY_STORE
from sync.hq.feed.head import Head
from sync.protocol.revocations import Revocations, RevokedSet

_VERSION = """
SELECT coalesce((
        SELECT max(revoked_place) FROM coupon WHERE store IS NULL AND revoked_place < $2), 0),
    coalesce((
        SELECT max(revoked_place) FROM coupon WHERE store = $1 AND revoked_place < $2), 0)
"""

# Nothing comes below a place that is shown: what is up to it stays the same.
_DIGEST = """
SELECT count(*), encode(sha256(convert_to(
    coalesce(string_agg(coupon_id, '' ORDER BY coupon_id COLLATE "C"), ''), 'UTF8')), 'hex')
FROM coupon WHERE {whose} AND revoked_place <= $1
"""
_OF_EVERYONE = _DIGEST.format(whose="store IS NULL")
_OF_ONE = _DIGEST.format(whose="store = $2")


class RevokedSets:
    """Keeps the newest digest of each audience."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, RevokedSet]] = {}
        """By audience: the incarnation of the database, and what is revoked in it."""
        self._making = asyncio.Lock()

    async def state(self, connection: Connection, store: str, head: Head) -> Revocations:
        """Return the statement of what a page that ends at `head` has told `store`."""
        row = await connection.fetchrow(_VERSION, store, head.shown_below)
        return Revocations(
            everyone=await self._set(connection, EVERY_STORE, head.hq_epoch, row[0]),
            own=await self._set(connection, store, head.hq_epoch, row[1]),
        )

    async def _set(
        self, connection: Connection, audience: str, hq_epoch: str, version: int
    ) -> RevokedSet:
        if (known := self._held(audience, hq_epoch, version)) is not None:
            return known
        async with self._making:
            if (known := self._held(audience, hq_epoch, version)) is not None:
                return known
            made = await _digest(connection, audience, version)
            self._known[audience] = hq_epoch, made
            return made

    def _held(self, audience: str, hq_epoch: str, version: int) -> RevokedSet | None:
        epoch, held = self._known.get(audience, ("", None))
        return held if held and (epoch, held.version) == (hq_epoch, version) else None


async def _digest(connection: Connection, audience: str, version: int) -> RevokedSet:
    if audience == EVERY_STORE:
        row = await connection.fetchrow(_OF_EVERYONE, version)
    else:
        row = await connection.fetchrow(_OF_ONE, version, audience)
    return RevokedSet(version, *row)
