"""Keys told over the line: HQ's key set, and the one that a machine will sign by next. Pure.

A machine renews its key by itself: it announces the next one in a request that the present one
signs, and proves that it has it. HQ takes both until it is first asked by the next one.
"""

from typing import Annotated

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta, Struct

from sync.protocol.enrolment import DocumentHex, PublicKey
from sync.protocol.messages import ServerTime

_TAG = b"store-key-renewal-v1\0"


class HqKeySet(Struct, frozen=True, kw_only=True):
    """`GET /sync/v1/keys`: asked unsigned, of whoever answers; the root key has signed it."""

    key_set: DocumentHex
    """The newest key set, as DocumentChange holds it; empty: none yet."""


class KeyOrder(Struct, frozen=True, kw_only=True):
    """`POST /sync/v1/keys`: signed by the key that counts, or by the next one once HQ knows it."""

    public_key: PublicKey
    """The next key's."""
    proof: Annotated[str, Meta(pattern=r"\A[0-9a-f]{128}\Z")]
    """That the machine has it: `proof_of`."""


class KeyAnswer(Struct, frozen=True, kw_only=True):
    """HQ's answer: it takes that key from now on."""

    public_key: PublicKey
    in_use: bool
    """No other key of the machine counts any more: HQ was asked by this one before."""
    server_time: ServerTime


def proof_of(key: Ed25519PrivateKey, *, install_id: str) -> str:
    """Return what proves to have the key that the machine `install_id` announces, as hex."""
    return key.sign(_said(key.public_key(), install_id)).hex()


def is_proven(order: KeyOrder, *, install_id: str) -> bool:
    """Tell whether whoever announced the key has it."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(order.public_key))
        key.verify(bytes.fromhex(order.proof), _said(key, install_id))
    except (InvalidSignature, ValueError):
        return False
    return True


def _said(key: Ed25519PublicKey, install_id: str) -> bytes:
    return _TAG + install_id.encode() + b"\0" + key.public_bytes_raw()
