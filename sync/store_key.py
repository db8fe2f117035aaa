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


class Credentials(Protocol):
    """How a store proves to HQ who it is."""

    @property
    def install_id(self) -> str:
        """Of the machine whose key it is."""

    def prove(self, method: str, url: URL, body: bytes, headers: Mapping[str, str]) -> Proof:
        """Return the proof of a request; `headers` are those that tell who sends it."""

    def is_hqs(self, proof: Proof, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Tell whether HQ itself gave this answer to that request."""


AnswerKeys = Callable[[], Mapping[str, Ed25519PublicKey]]
"""The keys by which HQ's answers are verified just now, by kid."""


class StoreKey:
    """The key of an enrolled machine; requests bear HQ's time, once HQ has told it."""

    def __init__(
        self, key: Ed25519PrivateKey, *, install_id: str, answer_keys: AnswerKeys, clock: Clock
    ) -> None:
        self.install_id = install_id
        self._key = key
        self._answer_keys = answer_keys
        self._clock = clock
        self._hq_ahead_ms = 0

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
        return Proof(signed, nonce)

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


class NoKey:
    """The credentials of a machine that was not enrolled: nothing is sent."""

    install_id = ""

    def prove(self, method: str, url: URL, body: bytes, headers: Mapping[str, str]) -> Proof:
        """Raise NotEnrolledError."""
        raise NotEnrolledError("not_enrolled", "this machine was not enrolled at head office")

    def is_hqs(self, proof: Proof, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Nobody was asked."""
        return False
