"""Signed documents: the key set and the policy, signed by HQ's root key that each store pins."""

from enum import StrEnum
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.base.strict_json import canonical
from agent.domain.trust.cose import CoseError, Sign1, sign1
from agent.domain.trust.keys import KeySet, kid_of
from agent.domain.trust.policy import Policy

MAX_DOCUMENT_BYTES = 60_000


class DocumentKind(StrEnum):
    """Documents that HQ signs for its stores."""

    KEY_SET = "key_set"
    POLICY = "policy"


class DocumentError(ValueError):
    """The document is not signed by the root key, not of its kind, or not readable."""


Document = TypeVar("Document", KeySet, Policy)


class _Signed(msgspec.Struct, frozen=True, kw_only=True):
    kind: DocumentKind
    document: msgspec.Raw


_KINDS: dict[type, DocumentKind] = {
    KeySet: DocumentKind.KEY_SET,
    Policy: DocumentKind.POLICY,
}


def sign_document(document: KeySet | Policy, *, root: Ed25519PrivateKey) -> bytes:
    """Return the COSE_Sign1 bytes of `document`; its kind is signed with it.

    Raises ValueError when it is too large for a store to open.
    """
    payload = canonical(
        _Signed(kind=_KINDS[type(document)], document=msgspec.Raw(canonical(document)))
    )
    data = sign1(payload, kid=kid_of(root.public_key().public_bytes_raw()), key=root)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise ValueError(f"a signed document has at most {MAX_DOCUMENT_BYTES} bytes")
    return data


def open_document(data: bytes, as_type: type[Document], *, root: Ed25519PublicKey) -> Document:
    """Return the document in `data` after its signature was checked; raise DocumentError."""
    if len(data) > MAX_DOCUMENT_BYTES:
        raise DocumentError(f"a signed document has at most {MAX_DOCUMENT_BYTES} bytes")
    try:
        envelope = Sign1(data)
        envelope.verify(root)
        signed = msgspec.json.decode(envelope.payload, type=_Signed)
        if signed.kind is not _KINDS[as_type]:
            raise DocumentError(f"expected a {_KINDS[as_type]}, got a {signed.kind}")
        return msgspec.json.decode(signed.document, type=as_type)
    except (CoseError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError(str(error)) from None
