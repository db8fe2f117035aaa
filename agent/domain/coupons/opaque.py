"""Opaque codes: coupons that are known by a short code or a spoken passphrase (报暗号), not signed.

HQ makes such coupons for one store and tells it a digest of the code, never the code itself. The
n uses of one passphrase are n coupons, whose ids follow from code, store and place.
"""

import hashlib
from typing import Annotated

from msgspec import Meta, Struct

from agent.base.clock import Millis
from agent.base.strict_json import MAX_INTEGER
from agent.domain.coupons.token import ID_BYTES, Channel, Claims, TokenKind

MAX_OPAQUE_CHARS = 64
MAX_USES = 200
"""Uses of one passphrase in one store; more are issued under another one."""

Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""SHA-256 of a code, under a tag of its own."""

_TAG = b"store-opaque-code-v1\n"


class OpaqueCoupons(Struct, frozen=True, kw_only=True):
    """The coupons behind one code, all of one store."""

    key: Annotated[str, Meta(pattern=r"\A[0-9a-f]{24}\Z")]
    """By which the code is found; see `key_of`."""
    campaign: Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
    not_before: Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
    expires: Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
    uses: Annotated[int, Meta(ge=1, le=MAX_USES)] = 1
    member: Annotated[str, Meta(pattern=r"\A[0-9a-f]{24}\Z")] | None = None
    channel: Channel = Channel.ONLINE


def digest_of(code: str) -> str:
    """Return the digest of a cleaned `code`, from which everything else follows."""
    return hashlib.sha256(_TAG + code.encode("utf-8", "surrogatepass")).hexdigest()


def key_of(digest: str) -> str:
    """Return what a store looks a code up by: from it, no coupon id can be made."""
    return _short("key", digest)


def coupon_ids(digest: str, store: str, uses: int) -> tuple[str, ...]:
    """Return the ids of the code's coupons in `store`, in the order in which they are used."""
    return tuple(_short("coupon", digest, store, str(place)) for place in range(uses))


def claims_of(coupons: OpaqueCoupons, coupon_id: str, store: str) -> Claims:
    """Return what a token of this coupon would say."""
    return Claims(
        code_id=coupon_id,
        kind=TokenKind.COUPON,
        not_before=Millis(coupons.not_before),
        expires=Millis(coupons.expires),
        store=store,
        campaign=coupons.campaign,
        member=coupons.member,
        channel=coupons.channel,
    )


def _short(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).digest()[:ID_BYTES].hex()
