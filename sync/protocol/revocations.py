"""Head office's statement of all coupons that are revoked: a store then knows that it misses none.

It stands in the last page of the feed, and so in an answer that HQ has signed to this very request;
it counts as of that page's `server_time`.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from sync.protocol.limits import MAX_SEQ

Count = Annotated[int, Meta(ge=0, le=MAX_SEQ)]


class RevokedSet(Struct, frozen=True, array_like=True):
    """Revoked coupons, expired ones too: `[version, count, digest]`."""

    version: Count
    """It grows with each revocation, within an incarnation of HQ's database."""
    count: Count
    digest: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    """SHA-256 over their ids, 24 hex digits each, in order."""


class Revocations(Struct, frozen=True, kw_only=True):
    """All revocations that the store is told: what the feed has told it up to this page."""

    everyone: RevokedSet
    """Of coupons that are good in every store."""
    own: RevokedSet
    """Of those that are good in this store alone."""

    @property
    def version(self) -> int:
        """Of both together."""
        return max(self.everyone.version, self.own.version)

    def holds(self, everyone: Iterable[str], own: Iterable[str]) -> bool:
        """Return whether exactly these ids, each in order, are revoked."""
        return self.everyone.digest == digest_of(everyone) and self.own.digest == digest_of(own)


def digest_of(coupon_ids: Iterable[str]) -> str:
    """Return the digest of ids that are in order, 64 hex digits."""
    return hashlib.sha256("".join(coupon_ids).encode()).hexdigest()
