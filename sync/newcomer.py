"""A machine that asks to be enrolled: its key is new, its code says whose root key to expect."""

import secrets
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from yarl import URL

from agent.base.clock import Clock
from agent.domain.trust.document import DocumentError, open_document
from agent.domain.trust.keys import KeySet, answering
from sync.protocol.enrolment import EnrolmentAnswer, EnrolmentCode, mark_of
from sync.protocol.signatures import (
    NONCE_BYTES,
    Message,
    SignatureError,
    sign_request,
    signature_of,
    verify_answer,
)
from sync.store_key import Proof

_decoder = msgspec.json.Decoder(EnrolmentAnswer)


class Newcomer:
    """Credentials before there are any: the keyid is the public key itself."""

    def __init__(self, key: Ed25519PrivateKey, code: EnrolmentCode, *, clock: Clock) -> None:
        self.install_id = key.public_key().public_bytes_raw().hex()
        self._key = key
        self._code = code
        self._clock = clock

    def prove(self, method: str, url: URL, body: bytes, headers: Mapping[str, str]) -> Proof:
        """Return the proof that whoever asks has the key."""
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        host, path = url.host_port_subcomponent or "", url.raw_path
        signed = sign_request(
            Message(method, host, path, url.raw_query_string, headers),
            body,
            key=self._key,
            key_id=self.install_id,
            created_ms=self._clock.wall(),
            nonce=nonce,
        )
        return Proof(signed, nonce)

    def is_hqs(self, proof: Proof, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Tell whether the HQ that made the code gave this answer. A refusal proves nothing, and
        nothing rests on it."""
        if status != 200:
            return True
        try:
            answer = _decoder.decode(body)
            if mark_of(answer.root_key) != self._code.root_mark:
                return False
            root = Ed25519PublicKey.from_public_bytes(bytes.fromhex(answer.root_key))
            keys = answering(open_document(bytes.fromhex(answer.key_set), KeySet, root=root))
            signature = signature_of(headers)
            kind = headers.get("Content-Type", "")
            key = keys[signature.key_id]
            verify_answer(signature, status, kind, body, key, nonce=proof.nonce)
        except (msgspec.MsgspecError, DocumentError, SignatureError, LookupError, ValueError):
            return False
        return True

    def names_stranger(self, headers: Mapping[str, str]) -> bool:
        """Whoever answers proves itself by what it answers."""
        return False

    def learn(self, key_set: bytes) -> bool:
        """There is nothing to be learnt before enrolment."""
        return False

    def gives_way(self, proof: Proof) -> bool:
        """There is no other key."""
        return False
