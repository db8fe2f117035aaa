"""COSE_Sign1 (RFC 9052 §4.2) with Ed25519 over our own clock: the envelope of tokens and documents.

The bytes are an untagged array of protected header, empty unprotected header, payload, signature.
The protected header holds `alg` = EdDSA (-8) and `kid`; nothing else is accepted.
"""

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KID_BYTES = 4
"""A key id is the first 4 bytes of SHA-256 over the public key."""

MAX_PAYLOAD_BYTES = 0xFFFF

_SIGNATURE_BYTES = 64
_HEAD = b"\x84"  # array of 4
_PROTECTED = b"\x49\xa2\x01\x27\x04\x44"  # bstr(9) of {1: -8, 4: bstr(4)}, without the kid itself
_UNPROTECTED = b"\xa0"  # empty map
_SIG_CONTEXT = b"\x84\x6aSignature1"  # ["Signature1", …]
_NO_EXTERNAL_AAD = b"\x40"


class CoseError(ValueError):
    """The bytes are not a COSE_Sign1 of our form."""


class SignatureInvalidError(CoseError):
    """The form is right and the signature is not."""


class Sign1:
    """A COSE_Sign1 taken apart but not yet believed: call `verify` before reading `payload`."""

    __slots__ = ("_data", "_payload_bstr", "_signature", "kid", "payload")

    def __init__(self, data: bytes) -> None:
        """Take `data` apart; raise CoseError if it is not exactly of our form."""
        start = len(_HEAD) + len(_PROTECTED)
        body = start + KID_BYTES + len(_UNPROTECTED)
        if not data.startswith(_HEAD + _PROTECTED) or data[body - 1 : body] != _UNPROTECTED:
            raise CoseError("not a COSE_Sign1 with EdDSA and a 4-byte kid")
        self._data = data
        self.kid = data[start : start + KID_BYTES]
        tail = len(data) - _SIGNATURE_BYTES - 2
        if tail <= body or data[tail : tail + 2] != b"\x58\x40":
            raise CoseError("no 64-byte signature at the end")
        self._payload_bstr = data[body:tail]
        self._signature = data[tail + 2 :]
        self.payload = _payload_of(self._payload_bstr)

    def __eq__(self, other: object) -> bool:
        """Equal are those of the same bytes."""
        return isinstance(other, Sign1) and self._data == other._data

    def __hash__(self) -> int:
        return hash(self._data)

    def verify(self, key: Ed25519PublicKey) -> None:
        """Raise SignatureInvalidError unless `key` signed exactly these bytes."""
        try:
            key.verify(self._signature, _to_be_signed(self.kid, self._payload_bstr))
        except InvalidSignature:
            raise SignatureInvalidError("the signature does not fit") from None


def sign1(payload: bytes, *, kid: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the COSE_Sign1 bytes of `payload` signed by `key`."""
    if len(kid) != KID_BYTES:
        raise ValueError(f"a kid has {KID_BYTES} bytes, got {len(kid)}")
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a payload has at most {MAX_PAYLOAD_BYTES} bytes, got {len(payload)}")
    bstr = cbor2.dumps(payload)
    signature = key.sign(_to_be_signed(kid, bstr))
    return _HEAD + _PROTECTED + kid + _UNPROTECTED + bstr + b"\x58\x40" + signature


def _to_be_signed(kid: bytes, payload_bstr: bytes) -> bytes:
    return _SIG_CONTEXT + _PROTECTED + kid + _NO_EXTERNAL_AAD + payload_bstr


def _payload_of(bstr: bytes) -> bytes:
    """Return the content of the byte string `bstr`, which must be definite, minimal and alone."""
    head = bstr[0]
    if 0x40 <= head <= 0x57:
        size, skip, least = head - 0x40, 1, 0
    elif head == 0x58 and len(bstr) > 1:
        size, skip, least = bstr[1], 2, 0x18
    elif head == 0x59 and len(bstr) > 2:
        size, skip, least = int.from_bytes(bstr[1:3], "big"), 3, 0x100
    else:
        raise CoseError(f"the payload is not a byte string of at most {MAX_PAYLOAD_BYTES} bytes")
    if size < least or len(bstr) != skip + size:
        raise CoseError("the payload's length does not fit")
    return bstr[skip:]
