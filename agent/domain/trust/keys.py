"""HQ's public keys: the pinned root, and the key set that the root signs and the feed brings."""

import hashlib
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct

from agent.base.clock import Millis
from agent.base.strict_json import MAX_INTEGER
from agent.domain.trust.cose import KID_BYTES, Sign1

MAX_REMEMBERED = 512
"""Signed bytes that were found genuine and are not looked at again; with more, all are."""


class SigningKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of HQ's keys for signing tokens."""

    kid: Annotated[str, Meta(pattern=r"\A[0-9a-f]{8}\Z")]
    """Key id, 8 hex digits."""
    public_key: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    """Ed25519 public key, 64 hex digits."""
    not_before: Millis
    """First instant at which the key counts."""
    not_after: Millis
    """First instant at which it no longer counts."""
    revoked: bool = False
    """A revoked key verifies nothing, whatever its dates say."""


class KeySet(Struct, frozen=True, kw_only=True):
    """All of HQ's keys but the root; a document signed by the root key."""

    version: Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
    """Grows with each edition; an older edition never replaces a newer one."""
    keys: tuple[SigningKey, ...]
    """They sign codes."""
    answer_keys: tuple[SigningKey, ...] = ()
    """They sign HQ's answers to its stores, and no code."""

    def __post_init__(self) -> None:
        """Raise ValueError when one kid is listed twice: which of them counts can't be told."""
        if len({key.kid for key in self.keys}) != len(self.keys):
            raise ValueError("a kid is listed twice")


def answering(key_set: KeySet) -> dict[str, Ed25519PublicKey]:
    """Return the keys by which HQ's answers are verified, by kid.

    Their dates do not count: it is HQ's answer that tells the time to a store whose clock is wrong.
    """
    return {
        key.kid: Ed25519PublicKey.from_public_bytes(_raw(key.public_key))
        for key in key_set.answer_keys
        if not key.revoked
    }


class KeyRing:
    """The keys of one key set, ready to verify."""

    def __init__(self, key_set: KeySet) -> None:
        self._keys = {
            bytes.fromhex(key.kid): (key, Ed25519PublicKey.from_public_bytes(_raw(key.public_key)))
            for key in key_set.keys
        }
        self._genuine: set[Sign1] = set()

    def find(self, kid: bytes, now: Millis) -> Ed25519PublicKey | None:
        """Return the key `kid` if it counts at `now`: known, inside its dates, not revoked."""
        entry = self._keys.get(kid)
        if entry is None:
            return None
        key, public = entry
        return public if not key.revoked and key.not_before <= now < key.not_after else None

    def verify(self, envelope: Sign1, public: Ed25519PublicKey) -> None:
        """Raise SignatureInvalidError unless `public`, its key in this ring, signed the envelope.

        A code that is scanned, priced and sold is looked at once: the ring lasts as its key set.
        """
        if envelope in self._genuine:
            return
        envelope.verify(public)
        if len(self._genuine) >= MAX_REMEMBERED:
            self._genuine.clear()
        self._genuine.add(envelope)


def kid_of(public_key: bytes) -> bytes:
    """Return the key id of a raw 32-byte public key."""
    return hashlib.sha256(public_key).digest()[:KID_BYTES]


def _raw(public_key: str) -> bytes:
    return bytes.fromhex(public_key)
