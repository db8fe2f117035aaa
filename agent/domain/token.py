"""The token: a code signed by HQ, short enough for a QR code of version 9.

Text `HQ1` + unpadded RFC 4648 base32 of a COSE_Sign1 holding CWT claims (RFC 8392) with integer
keys: 3 `aud`, 4 `exp`, 5 `nbf` (Unix seconds), 7 `cti`; private claims are small negative integers.
"""

import base64
import re
from enum import IntEnum
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.cose import CoseError, Sign1, SignatureInvalidError, sign1
from agent.domain.keys import KeyRing

PREFIX = "HQ1"
_BASE32 = re.compile(r"[A-Z2-7]+\Z")
_TO_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghijklmnopqrstuv")
"""RFC 4648 base32 to the digits of int(…, 32): ten times faster than base64.b32decode."""
MAX_TOKEN_CHARS = 262
"""Alphanumeric capacity of a QR code of version 9 at level M (ISO/IEC 18004, table 7)."""
ID_BYTES = 12
"""Length of a code id and of a member id inside a token."""

_AUD, _EXP, _NBF, _CTI = 3, 4, 5, 7
_KIND, _CAMPAIGN, _INDEX, _MEMBER, _CHANNEL = -1, -2, -3, -4, -5


class TokenKind(IntEnum):
    """What a token is a right to."""

    COUPON = 1
    """One right to a campaign."""
    MEMBER = 2
    """A member shows who they are."""
    PICKUP = 3
    """An online order to collect."""
    BOOKING = 4
    """A reserved place."""


class Channel(IntEnum):
    """Where a coupon was handed out: it decides what may be combined with it."""

    ONLINE = 1
    OFFLINE = 2


class Claims(Struct, frozen=True, kw_only=True):
    """What HQ says in a token."""

    code_id: str
    """`cti`: the coupon id (or other code id), 24 hex digits."""
    kind: TokenKind
    not_before: Millis
    expires: Millis
    """First instant at which the token no longer counts."""
    store: str | None = None
    """`aud`: the only store that may accept it; None means chain-wide."""
    campaign: int = 0
    """Campaign number; 0 when the kind has none."""
    index: int = 0
    """Position in HQ's status list."""
    member: str | None = None
    """Member id, 24 hex digits, when the token belongs to one member."""
    channel: Channel = Channel.ONLINE


class TokenError(ValueError):
    """The text is not a token that we can believe."""


class TokenMalformedError(TokenError):
    """Cut, mistyped or not made by HQ; nothing in it can be believed."""


class TokenKeyUnknownError(TokenError):
    """Signed by a key that is unknown, revoked or outside its dates."""


class TokenSignatureError(TokenError):
    """The signature does not fit: altered or forged."""


def is_token(code: str) -> bool:
    """Tell whether `code` claims to be a token."""
    return code.startswith(PREFIX)


def encode_token(claims: Claims, *, kid: bytes, key: Ed25519PrivateKey) -> str:
    """Return the token text of `claims`, signed by `key`."""
    data = sign1(cbor2.dumps(_to_cwt(claims)), kid=kid, key=key)
    text = PREFIX + base64.b32encode(data).decode().rstrip("=")
    if len(text) > MAX_TOKEN_CHARS:
        raise ValueError(f"the token has {len(text)} characters, at most {MAX_TOKEN_CHARS} fit")
    return text


def verify_token(code: str, *, keys: KeyRing, now: Millis) -> Claims:
    """Return the claims of `code` after its signature was checked; raise TokenError otherwise.

    Dates of the token are not judged here; those of the key are.
    """
    try:
        envelope = Sign1(_from_base32(code[len(PREFIX) :]))
    except CoseError as error:
        raise TokenMalformedError(str(error)) from None
    public = keys.find(envelope.kid, now)
    if public is None:
        raise TokenKeyUnknownError(f"no valid key {envelope.kid.hex()}")
    try:
        envelope.verify(public)
    except SignatureInvalidError as error:
        raise TokenSignatureError(str(error)) from None
    return _from_cwt(envelope.payload)


def _from_base32(text: str) -> bytes:
    """Decode unpadded base32; only the one canonical spelling of the bytes is accepted."""
    if len(text) > MAX_TOKEN_CHARS or not _BASE32.match(text):
        raise CoseError("not base32, or too long")
    size, spare_bits = divmod(len(text) * 5, 8)
    number = int(text.translate(_TO_DIGITS), 32)
    if spare_bits >= 5 or number & (1 << spare_bits) - 1:
        raise CoseError("not the canonical base32 of its bytes")
    return (number >> spare_bits).to_bytes(size, "big")


def _to_cwt(claims: Claims) -> dict[int, Any]:
    cwt: dict[int, Any] = {
        _EXP: claims.expires // 1000,
        _NBF: claims.not_before // 1000,
        _CTI: _id_bytes(claims.code_id),
        _KIND: int(claims.kind),
    }
    if claims.store is not None:
        cwt[_AUD] = claims.store
    if claims.campaign:
        cwt[_CAMPAIGN] = claims.campaign
    if claims.index:
        cwt[_INDEX] = claims.index
    if claims.member is not None:
        cwt[_MEMBER] = _id_bytes(claims.member)
    if claims.channel is not Channel.ONLINE:
        cwt[_CHANNEL] = int(claims.channel)
    return cwt


def _from_cwt(payload: bytes) -> Claims:
    try:
        cwt = cbor2.loads(payload)
        return Claims(
            code_id=_id_text(cwt[_CTI]),
            kind=TokenKind(cwt[_KIND]),
            not_before=Millis(int(cwt[_NBF]) * 1000),
            expires=Millis(int(cwt[_EXP]) * 1000),
            store=cwt.get(_AUD),
            campaign=int(cwt.get(_CAMPAIGN, 0)),
            index=int(cwt.get(_INDEX, 0)),
            member=_id_text(cwt[_MEMBER]) if _MEMBER in cwt else None,
            channel=Channel(cwt.get(_CHANNEL, Channel.ONLINE)),
        )
    except (cbor2.CBORDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TokenMalformedError(f"signed, but its claims can't be read: {error!r}") from None


def _id_bytes(text: str) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != ID_BYTES:
        raise ValueError(f"an id in a token has {ID_BYTES} bytes, got {len(data)}")
    return data


def _id_text(data: bytes) -> str:
    if not isinstance(data, bytes) or len(data) != ID_BYTES:
        raise ValueError("id of the wrong length")
    return data.hex()
