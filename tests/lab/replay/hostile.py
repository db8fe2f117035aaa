"""Hostile scans: what is presented that must not be taken, and the reason that must be given."""

import base64
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.token import PREFIX, Claims, TokenKind, encode_token
from agent.domain.outcome import Reason
from agent.domain.trust.cose import KID_BYTES
from agent.domain.trust.keys import kid_of


class Hostile(StrEnum):
    """Ways of presenting what is not, or no longer, good."""

    SCANNED_TWICE = "scanned twice"
    """The coupon that was redeemed a moment ago."""
    BIT_CHANGED = "one bit changed"
    """A token of HQ with one bit turned over."""
    UNKNOWN_KEY = "signed by an unknown key"
    OTHER_STORE = "another store's"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    PAYMENT_CODE = "a WeChat payment code"
    NOISE = "noise"


ISSUED: Mapping[Hostile, Reason] = {
    Hostile.OTHER_STORE: Reason.WRONG_STORE,
    Hostile.EXPIRED: Reason.EXPIRED,
    Hostile.NOT_YET_VALID: Reason.NOT_YET_VALID,
}
"""Those that HQ itself issues, and why a till refuses them."""

NOISE_CHARS = string.ascii_letters + string.digits + "-_/.:"
MAX_NOISE_CHARS = 60


class Attempt(NamedTuple):
    """A code to present, and the reason that must be given."""

    code: str
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Forger:
    """Makes hostile codes in one store."""

    store: str
    now: Millis
    key: Ed25519PrivateKey
    """Not HQ's."""
    issued: Mapping[Hostile, Iterator[str]]
    """Tokens of HQ that this store must refuse."""

    def attempt(self, kind: Hostile, token: str, *, draw: Random) -> Attempt:
        """Return a code of `kind`; `token` has been redeemed in this store."""
        match kind:
            case Hostile.SCANNED_TWICE:
                return Attempt(token, Reason.ALREADY_USED)
            case Hostile.BIT_CHANGED:
                return _bit_changed(token, draw)
            case Hostile.UNKNOWN_KEY:
                return Attempt(self._forged(draw), Reason.UNKNOWN_KEY)
            case Hostile.PAYMENT_CODE:
                return Attempt(_payment_code(draw), Reason.PAYMENT_CODE)
            case Hostile.NOISE:
                return Attempt(_noise(draw), Reason.UNKNOWN_CODE)
            case _:
                return Attempt(next(self.issued[kind]), ISSUED[kind])

    def _forged(self, draw: Random) -> str:
        claims = Claims(
            code_id=draw.randbytes(12).hex(),
            kind=TokenKind.COUPON,
            not_before=Millis(self.now - DAY_MS),
            expires=Millis(self.now + DAY_MS),
            store=self.store,
            campaign=1,
        )
        kid = kid_of(self.key.public_key().public_bytes_raw())
        return encode_token(claims, kid=kid, key=self.key)


def _bit_changed(token: str, draw: Random) -> Attempt:
    """One bit of the signed bytes turned over: in the key id it names a key that does not exist."""
    data = bytearray(_bytes_of(token))
    bit = draw.randrange(len(data) * 8)
    data[bit // 8] ^= 1 << bit % 8
    in_kid = bit // 8 in _kid_places(_bytes_of(token))
    text = PREFIX + base64.b32encode(data).decode().rstrip("=")
    return Attempt(text, Reason.UNKNOWN_KEY if in_kid else Reason.BAD_SIGNATURE)


def _bytes_of(token: str) -> bytes:
    text = token.removeprefix(PREFIX)
    return base64.b32decode(text + "=" * (-len(text) % 8))


def _kid_places(data: bytes) -> range:
    """Where the key id is, read as any COSE library would (RFC 9052: header 4)."""
    protected = cbor2.loads(data)[0]
    start = data.index(cbor2.loads(protected)[4])
    return range(start, start + KID_BYTES)


def _payment_code(draw: Random) -> str:
    return f"13{draw.randrange(10**16):016d}"


def _noise(draw: Random) -> str:
    length = draw.randrange(1, MAX_NOISE_CHARS + 1)
    # It begins like neither a token nor a number.
    return "x" + "".join(draw.choices(NOISE_CHARS, k=length))
