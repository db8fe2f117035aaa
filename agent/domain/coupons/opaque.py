"""Opaque codes: coupons that are known by a short code or a spoken passphrase (报暗号), not signed.

HQ makes such coupons for one store and tells it a digest of the code, never the code itself. The
n uses of one passphrase are n coupons, whose ids follow from code, store and place.

What people type or say is not always spelled as it was issued: HQ digests the `normal` form, and a
store looks for that and for the code as it stands, as it was issued before there was a normal form.
"""

import hashlib
import unicodedata
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

_MINUS = "\u2212"
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


def normal(code: str) -> str:
    """Return the form of a code that all spellings of it share: capitals, no full width, no blanks
    or hyphens, no punctuation at the ends; empty when nothing else is in it."""
    plain = unicodedata.normalize("NFKC", code).casefold().upper()
    plain = unicodedata.normalize("NFKC", plain)
    kept = [char for char in plain if not _is_blank(char)]
    while kept and _is_punctuation(kept[-1]):
        kept.pop()
    start = next((at for at, char in enumerate(kept) if not _is_punctuation(char)), len(kept))
    return unicodedata.normalize("NFKC", "".join(kept[start:]))


def digests_of(code: str) -> tuple[Digest, ...]:
    """Return the digests under which a cleaned `code` may be known, none for what is too long."""
    spellings = dict.fromkeys((code, normal(code)))
    return tuple(digest_of(one) for one in spellings if 0 < len(one) <= MAX_OPAQUE_CHARS)


def digest_of(code: str) -> Digest:
    """Return the digest of a code as it stands, from which everything else follows."""
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


def _is_blank(char: str) -> bool:
    """Blanks and hyphens, of which the minus sign is typed for one, too."""
    return char.isspace() or unicodedata.category(char) == "Pd" or char == _MINUS


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char).startswith("P")


def _short(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).digest()[:ID_BYTES].hex()
