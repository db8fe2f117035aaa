"""The token: a code signed by HQ, short enough for a QR code of version 9.

Text `HQ1` + unpadded RFC 4648 base32 of a COSE_Sign1 holding CWT claims (RFC 8392) with integer
keys: 3 `aud`, 4 `exp`, 5 `nbf`, 6 `iat` (Unix seconds), 7 `cti`; private claims are small negative
integers. HQ writes capitals; a keyboard wedge with Caps Lock on swaps their case: both are read.
"""

import base64
import re
from enum import IntEnum
from typing import Annotated, Any

import cbor2
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import UNSET, Meta, Struct, UnsetType

from agent.base.clock import Millis
from agent.domain.trust.cose import CoseError, Sign1, SignatureInvalidError, sign1
from agent.domain.trust.keys import KeyRing

PREFIX = "HQ1"
MAX_TOKEN_CHARS = 262
"""Alphanumeric capacity of a QR code of version 9 at level M (ISO/IEC 18004, table 7)."""
ID_BYTES = 12
"""Length of a code id and of a member id inside a token."""

_NAMES = {
    3: "aud",
    4: "exp",
    5: "nbf",
    6: "iat",
    7: "cti",
    -1: "kind",
    -2: "campaign",
    -3: "index",
    -4: "member",
    -5: "channel",
}
"""CWT claim keys."""
_KEYS = {name: key for key, name in _NAMES.items()}

_EITHER_CASE = re.compile(r"HQ1[A-Z2-7]+\Z", re.ASCII | re.IGNORECASE)
_BASE32 = re.compile(r"[A-Za-z2-7]+\Z")
_TO_DIGITS = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567",
    "0123456789abcdefghijklmnop0123456789abcdefghijklmnopqrstuv",
)
"""RFC 4648 base32 to the digits of int(…, 32): ten times faster than base64.b32decode."""

_UNREADABLE = (
    cbor2.CBORDecodeError,
    msgspec.ValidationError,
    ArithmeticError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What cbor2 raises, besides its own error, on tagged values that make no sense."""

_Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""Unix seconds up to the year 9999."""
_Number = Annotated[int, Meta(ge=0, le=2**53)]
_Id = Annotated[bytes, Meta(min_length=ID_BYTES, max_length=ID_BYTES)]


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
    received: Millis | None = None
    """`iat`: when the customer got it; None: not known."""
    store: str | None = None
    """`aud`: the only store that may accept it; None means chain-wide."""
    campaign: int = 0
    """Campaign number; 0 when the kind has none."""
    index: int = 0
    """Position in HQ's status list."""
    member: str | None = None
    """Member id, 24 hex digits, when the token belongs to one member."""
    channel: Channel = Channel.ONLINE


class _Cwt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The claims as the map holds them, in its order; claims of other keys are ignored."""

    aud: Annotated[str, Meta(pattern=r"\A[A-Z0-9]{2,8}\Z")] | UnsetType = UNSET
    exp: _Seconds
    nbf: _Seconds
    iat: _Seconds | UnsetType = UNSET
    cti: _Id
    kind: TokenKind
    campaign: _Number = 0
    index: _Number = 0
    member: _Id | UnsetType = UNSET
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
    return code.startswith(PREFIX) or _EITHER_CASE.match(code) is not None


def encode_token(claims: Claims, *, kid: bytes, key: Ed25519PrivateKey) -> str:
    """Return the token text of `claims`, signed by `key`; ValueError if no store would read it."""
    payload = cbor2.dumps(_to_cwt(claims))
    _from_cwt(payload)
    data = sign1(payload, kid=kid, key=key)
    text = PREFIX + base64.b32encode(data).decode().rstrip("=")
    if len(text) > MAX_TOKEN_CHARS:
        raise ValueError(f"the token has {len(text)} characters, at most {MAX_TOKEN_CHARS} fit")
    return text


def verify_token(code: str, *, keys: KeyRing, now: Millis) -> Claims:
    """Return the claims of `code` after its signature was checked; raise TokenError otherwise.

    Dates of the token are not judged here; those of the key are.
    """
    if len(code) > MAX_TOKEN_CHARS or not is_token(code):
        raise TokenMalformedError("not a token, or too long")
    try:
        envelope = Sign1(_from_base32(code[len(PREFIX) :]))
    except CoseError as error:
        raise TokenMalformedError(str(error)) from None
    public = keys.find(envelope.kid, now)
    if public is None:
        raise TokenKeyUnknownError(f"no valid key {envelope.kid.hex()}")
    try:
        keys.verify(envelope, public)
    except SignatureInvalidError as error:
        raise TokenSignatureError(str(error)) from None
    return _from_cwt(envelope.payload)


def _from_base32(text: str) -> bytes:
    """Decode unpadded base32 in either case; its length and spare bits must be canonical."""
    if not _BASE32.match(text):
        raise CoseError("not base32")
    size, spare_bits = divmod(len(text) * 5, 8)
    number = int(text.translate(_TO_DIGITS), 32)
    if spare_bits >= 5 or number & (1 << spare_bits) - 1:
        raise CoseError("not the canonical base32 of its bytes")
    return (number >> spare_bits).to_bytes(size, "big")


def _to_cwt(claims: Claims) -> dict[int, Any]:
    cwt = _Cwt(
        aud=UNSET if claims.store is None else claims.store,
        exp=claims.expires // 1000,
        nbf=claims.not_before // 1000,
        iat=UNSET if claims.received is None else claims.received // 1000,
        cti=bytes.fromhex(claims.code_id),
        kind=claims.kind,
        campaign=claims.campaign,
        index=claims.index,
        member=UNSET if claims.member is None else bytes.fromhex(claims.member),
        channel=claims.channel,
    )
    named: dict[str, Any] = msgspec.to_builtins(cwt, builtin_types=(bytes,))
    return {_KEYS[name]: value for name, value in named.items()}


def _from_cwt(payload: bytes) -> Claims:
    try:
        cwt = cbor2.loads(payload)
        if not isinstance(cwt, dict):
            raise TypeError("not a map")
        named = {_NAMES[key]: value for key, value in cwt.items() if key in _NAMES}
        read = msgspec.convert(named, _Cwt, builtin_types=(bytes,))
    except _UNREADABLE as error:
        raise TokenMalformedError(f"signed, but its claims can't be read: {error!r}") from None
    return Claims(
        code_id=read.cti.hex(),
        kind=read.kind,
        not_before=Millis(read.nbf * 1000),
        expires=Millis(read.exp * 1000),
        received=None if read.iat is UNSET else Millis(read.iat * 1000),
        store=None if read.aud is UNSET else read.aud,
        campaign=read.campaign,
        index=read.index,
        member=None if read.member is UNSET else read.member.hex(),
        channel=read.channel,
    )
