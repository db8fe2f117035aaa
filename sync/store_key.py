"""How a store proves its requests to HQ, and HQ its answers to the store."""

import secrets
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from yarl import URL

from agent.base.clock import SECOND_MS, Clock
from sync.errors import NotEnrolledError
from sync.protocol.signatures import (
    NONCE_BYTES,
    Message,
    SignatureError,
    sign_request,
    signature_of,
    verify_answer,
)


class Proof(NamedTuple):
    """What proves a request, and recognises its answer."""

    headers: Mapping[str, str]
    nonce: str
    signer: bytes = b""
    """The public key by which it is."""


class Credentials(Protocol):
    """How a store proves to HQ who it is."""

    @property
    def install_id(self) -> str:
        """Of the machine whose key it is."""

    def prove(self, method: str, url: URL, body: bytes, headers: Mapping[str, str]) -> Proof:
        """Return the proof of a request; `headers` are those that tell who sends it."""

    def is_hqs(self, proof: Proof, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Tell whether HQ itself gave this answer to that request."""

    def names_stranger(self, headers: Mapping[str, str]) -> bool:
        """Tell whether an answer is signed by a key that is not known: HQ's newest, perhaps."""

    def learn(self, key_set: bytes) -> bool:
        """Take a key set, whoever brought it, if HQ's root signed it and it is newer."""

    def gives_way(self, proof: Proof) -> bool:
        """HQ does not take the key of `proof`: tell whether the next is signed by another one."""


AnswerKeys = Callable[[], Mapping[str, Ed25519PublicKey]]
"""The keys by which HQ's answers are verified just now, by kid."""
Learn = Callable[[bytes], bool]
"""Takes a key set."""


class StoreKey:
    """The key of an enrolled machine; requests bear HQ's time, once HQ has told it.

    While a key is renewed there are two, of which HQ takes one: when it refuses that by which a
    request was signed, the other one is tried.
    """

    def __init__(
        self,
        key: Ed25519PrivateKey,
        *,
        install_id: str,
        answer_keys: AnswerKeys,
        clock: Clock,
        learn: Learn = lambda _: False,
        other: Ed25519PrivateKey | None = None,
    ) -> None:
        self.install_id = install_id
        self._key, self._other = key, other
        self._answer_keys = answer_keys
        self._learn = learn
        self._clock = clock
        self._hq_ahead_ms = 0

    @property
    def signer(self) -> bytes:
        """The public key by which the next request will be signed."""
        return public_bytes(self._key)

    def sign_by(self, key: Ed25519PrivateKey, *, other: Ed25519PrivateKey | None) -> None:
        """Sign by `key` from now on; `other` is tried where HQ does not take it."""
        self._key, self._other = key, other

    def prove(self, method: str, url: URL, body: bytes, headers: Mapping[str, str]) -> Proof:
        """Return the proof of a request; `headers` are those that tell who sends it."""
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        message = Message(
            method, url.host_port_subcomponent or "", url.raw_path, url.raw_query_string, headers
        )
        signed = sign_request(
            message,
            body,
            key=self._key,
            key_id=self.install_id,
            created_ms=self._clock.wall() + self._hq_ahead_ms,
            nonce=nonce,
        )
        return Proof(signed, nonce, self.signer)

    def is_hqs(self, proof: Proof, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Tell whether HQ itself gave this answer; its time is HQ's from then on."""
        content_type = headers.get("Content-Type", "")
        try:
            signature = signature_of(headers)
            key = self._answer_keys().get(signature.key_id)
            if key is None:
                return False
            verify_answer(signature, status, content_type, body, key, nonce=proof.nonce)
        except SignatureError:
            return False
        self._hq_ahead_ms = signature.created * SECOND_MS - self._clock.wall()
        return True

    def names_stranger(self, headers: Mapping[str, str]) -> bool:
        """Tell whether an answer is signed by a key that is not known: HQ's newest, perhaps."""
        try:
            return signature_of(headers).key_id not in self._answer_keys()
        except SignatureError:
            return False

    def learn(self, key_set: bytes) -> bool:
        """Take a key set, whoever brought it, if HQ's root signed it and it is newer."""
        return self._learn(key_set)

    def gives_way(self, proof: Proof) -> bool:
        """HQ does not take the key of `proof`: tell whether the next is signed by another one."""
        if proof.signer == self.signer and self._other is not None:
            self._key, self._other = self._other, self._key
        return proof.signer != self.signer


class NoKey:
    """The credentials of a machine that was not enrolled: nothing is sent."""

    install_id = ""

    def prove(self, method: str, url: URL, body: bytes, headers: Mapping[str, str]) -> Proof:
        """Raise NotEnrolledError."""
        raise NotEnrolledError("not_enrolled", "this machine was not enrolled at head office")

    def is_hqs(self, proof: Proof, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Nobody was asked."""
        return False

    def names_stranger(self, headers: Mapping[str, str]) -> bool:
        """Nobody was asked."""
        return False

    def learn(self, key_set: bytes) -> bool:
        """Nobody is believed."""
        return False

    def gives_way(self, proof: Proof) -> bool:
        """There is no other."""
        return False


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the public half, 32 bytes."""
    return key.public_key().public_bytes_raw()
