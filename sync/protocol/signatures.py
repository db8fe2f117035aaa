"""Signatures of requests and answers: RFC 9421 by Ed25519, with Content-Digest (RFC 9530). Pure.

A request covers REQUEST_PARTS and every header by which a store tells who it is; an answer covers
ANSWER_PARTS and repeats the nonce of the request that it answers, so that it answers no other.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import http_sf
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.base.clock import MINUTE_MS, SECOND_MS
from sync.protocol.identity import EPOCH_HEADER, INSTALL_HEADER

WINDOW_MS = 5 * MINUTE_MS
"""A request was made so long before HQ's clock, or after it, at most."""
NONCE_BYTES = 16
ALGORITHM = "ed25519"
MAX_SIGNATURE_CHARS = 2_048
"""Of either header."""

DIGEST_HEADER = "Content-Digest"
INPUT_HEADER = "Signature-Input"
SIGNATURE_HEADER = "Signature"

REQUEST_PARTS: Final = (
    "@method",
    "@authority",
    "@path",
    "@query",
    "content-digest",
    "store-install",
)
ANSWER_PARTS: Final = ("@status", "content-digest", "content-type")
_TOLD_HEADERS = (INSTALL_HEADER, EPOCH_HEADER)
"""Of a request: where they are sent, they are covered."""
_REQUEST_LABEL = "store"
_ANSWER_LABEL = "hq"
_PLAIN_INPUT = re.compile(
    r'([a-z][a-z0-9_-]*)=(\(("[a-z0-9@-]+"(?: "[a-z0-9@-]+")*)\)'
    r'((?:;(?:created=[0-9]{1,12}|(?:nonce|keyid|alg)="[!#-:<-\[\]-~]*"))+))'
)
_PLAIN_VALUE = re.compile(r"([a-z][a-z0-9_-]*)=:([A-Za-z0-9+/]{86}==):")
_PARAM = re.compile(r';([a-z]+)="?([^";]*)"?')
"""Headers as both sides write them, read in a tenth of the time; others are read by http_sf."""
_NONCE = re.compile(r"[!-~]{16,64}")


class SignatureError(Exception):
    """The message is not signed as it should be; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Message(NamedTuple):
    """A request, as far as it is signed."""

    method: str
    authority: str
    """Host, in lower case, and the port if it is not the scheme's own."""
    path: str
    """As it travels, percent-encoded."""
    query: str
    """As it travels, without the `?`."""
    headers: Mapping[str, str]
    """By any spelling of their names: a case-insensitive mapping."""


class Signature(NamedTuple):
    """A signature as it came, not verified yet."""

    parts: tuple[str, ...]
    params: str
    """The value of @signature-params."""
    created: int
    """Unix seconds, by the clock of who signed."""
    nonce: str
    key_id: str
    value: bytes

    def verify(self, values: Mapping[str, str], key: Ed25519PublicKey) -> None:
        """Raise SignatureError unless `key` signed just these values of the parts."""
        try:
            key.verify(self.value, _base(self.parts, values, self.params))
        except InvalidSignature:
            raise SignatureError("signature_wrong", "it is not by the key it names") from None


def content_digest(body: bytes) -> str:
    """Return the value of Content-Digest for a body as it travels."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return f"sha-256=:{digest}:"


def sign_request(
    message: Message,
    body: bytes,
    *,
    key: Ed25519PrivateKey,
    key_id: str,
    created_ms: int,
    nonce: str,
) -> dict[str, str]:
    """Return the headers that prove a request; `message.headers` has those that tell the store."""
    digest = content_digest(body)
    values = _request_values(message, digest)
    signed = _signed(_REQUEST_LABEL, tuple(values), values, key, key_id, created_ms, nonce)
    return {DIGEST_HEADER: digest, **signed}


def signature_of(headers: Mapping[str, str]) -> Signature:
    """Return the signature that a message carries; SignatureError if it carries none like ours."""
    given, value = headers.get(INPUT_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
    if not given or not value:
        raise SignatureError("signature_missing", "no Signature-Input and Signature")
    if max(len(given), len(value)) > MAX_SIGNATURE_CHARS:
        raise SignatureError("signature_malformed", f"more than {MAX_SIGNATURE_CHARS} characters")
    if (plain := _plain(given, value)) is not None:
        return plain
    try:
        inputs: Any = http_sf.parse(given.encode("ascii"), tltype="dictionary")
        values: Any = http_sf.parse(value.encode("ascii"), tltype="dictionary")
        return _read(inputs, values)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise SignatureError("signature_malformed", str(error)[:200]) from None


def verify_request(
    signature: Signature, message: Message, key: Ed25519PublicKey, *, digest: str
) -> None:
    """Raise SignatureError unless `key` signed this request, whose body has this Content-Digest."""
    if not _NONCE.fullmatch(signature.nonce):
        raise SignatureError("signature_incomplete", "a nonce of 16 to 64 characters is needed")
    values = _request_values(message, digest)
    _check_parts(signature, (*REQUEST_PARTS, *values))
    signature.verify(values, key)


def sign_answer(
    status: int,
    content_type: str,
    body: bytes,
    *,
    key: Ed25519PrivateKey,
    key_id: str,
    created_ms: int,
    nonce: str,
) -> dict[str, str]:
    """Return the headers that prove HQ's answer to the request with this nonce."""
    digest = content_digest(body)
    values = _answer_values(status, content_type, digest)
    signed = _signed(_ANSWER_LABEL, ANSWER_PARTS, values, key, key_id, created_ms, nonce)
    return {DIGEST_HEADER: digest, **signed}


def verify_answer(
    signature: Signature,
    status: int,
    content_type: str,
    body: bytes,
    key: Ed25519PublicKey,
    *,
    nonce: str,
) -> None:
    """Raise SignatureError unless `key` signed this answer to the request with this nonce."""
    if signature.nonce != nonce:
        raise SignatureError("signature_wrong", "it answers another request")
    _check_parts(signature, ANSWER_PARTS)
    signature.verify(_answer_values(status, content_type, content_digest(body)), key)


def _request_values(message: Message, digest: str) -> dict[str, str]:
    values = {
        "@method": message.method,
        "@authority": message.authority.lower(),
        "@path": message.path,
        "@query": f"?{message.query}",
        "content-digest": digest,
    }
    told = {name.lower(): message.headers.get(name) for name in _TOLD_HEADERS}
    return values | {name: value.strip() for name, value in told.items() if value is not None}


def _answer_values(status: int, content_type: str, digest: str) -> dict[str, str]:
    return {"@status": str(status), "content-digest": digest, "content-type": content_type}


def _check_parts(signature: Signature, needed: tuple[str, ...]) -> None:
    if missing := [part for part in needed if part not in signature.parts]:
        raise SignatureError("signature_incomplete", f"it does not cover {', '.join(missing)}")


def _signed(
    label: str,
    parts: tuple[str, ...],
    values: Mapping[str, str],
    key: Ed25519PrivateKey,
    key_id: str,
    created_ms: int,
    nonce: str,
) -> dict[str, str]:
    named = " ".join(f'"{part}"' for part in parts)
    created = created_ms // SECOND_MS
    params = f'({named});created={created};nonce="{nonce}";keyid="{key_id}";alg="{ALGORITHM}"'
    value = base64.b64encode(key.sign(_base(parts, values, params))).decode()
    return {INPUT_HEADER: f"{label}={params}", SIGNATURE_HEADER: f"{label}=:{value}:"}


def _base(parts: tuple[str, ...], values: Mapping[str, str], params: str) -> bytes:
    """Return the signature base (RFC 9421, 2.5)."""
    if unknown := [part for part in parts if part not in values]:
        raise SignatureError("signature_incomplete", f"no value for {', '.join(unknown)[:100]}")
    lines = [f'"{part}": {values[part]}' for part in parts]
    try:
        return "\n".join([*lines, f'"@signature-params": {params}']).encode("ascii")
    except UnicodeEncodeError:
        raise SignatureError("signature_malformed", "a part is not ASCII") from None


def _plain(given: str, value: str) -> Signature | None:
    """Return the signature if its headers are as both sides write them, None otherwise."""
    told, signed = _PLAIN_INPUT.fullmatch(given), _PLAIN_VALUE.fullmatch(value)
    if told is None or signed is None or told[1] != signed[1]:
        return None
    names = tuple(name.strip('"') for name in told[3].split(" "))
    pairs = _PARAM.findall(told[4])
    params = dict(pairs)
    complete = {"created", "nonce", "keyid", "alg"} == params.keys() and len(pairs) == len(params)
    if not complete or len(set(names)) != len(names) or params["alg"] != ALGORITHM:
        return None
    raw = base64.b64decode(signed[2])
    created, nonce, key_id = int(params["created"]), params["nonce"], params["keyid"]
    return Signature(names, told[2], created, nonce, key_id, raw)


def _read(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Signature:
    """Return the only signature, out of what http_sf makes of both fields."""
    if len(inputs) != 1 or inputs.keys() != values.keys():
        raise ValueError("one signature is expected")
    [(label, member)] = inputs.items()
    (parts, params), (value, _) = member, values[label]
    names = tuple(name for name, of_name in parts if not of_name)
    if len(names) != len(parts) or len(set(names)) != len(names):
        raise ValueError("parts have no parameters here, and each is named once")
    if params.get("alg", ALGORITHM) != ALGORITHM:
        raise ValueError(f"alg is {ALGORITHM}")
    created, key_id, nonce = params["created"], params["keyid"], params.get("nonce", "")
    texts = isinstance(key_id, str) and isinstance(nonce, str)
    if type(created) is not int or not texts or not isinstance(value, bytes):
        raise ValueError("created and keyid are needed")
    own = http_sf.ser({label: member})
    return Signature(names, own.partition("=")[2], created, nonce, key_id, value)
