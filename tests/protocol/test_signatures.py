"""Signatures: the vector of the standard, a second opinion, and that nothing signed can change."""

import base64
from typing import Any

import http_sf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, algorithms
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol import signatures
from sync.protocol.signatures import (
    REQUEST_PARTS,
    Message,
    SignatureError,
    content_digest,
    sign_answer,
    sign_request,
    signature_of,
    verify_answer,
    verify_request,
)

KEY = Ed25519PrivateKey.from_private_bytes(
    base64.urlsafe_b64decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU=")
)
"""test-key-ed25519 of RFC 9421, B.1.4."""
NONCE = "n" * 22
NOW_MS = 1_796_038_140_000
TOLD = {"Store-Install": "pc-1", "Store-Epoch": "3"}
MESSAGE = Message("POST", "hq.example:8443", "/sync/v1/events", "a=1&b=%20", TOLD)


def signed(message: Message = MESSAGE, body: bytes = b"{}", **changed: Any) -> dict[str, str]:
    given: dict[str, Any] = {"key_id": "pc-1", "created_ms": NOW_MS, "nonce": NONCE} | changed
    return sign_request(message, body, key=KEY, **given)


def check(headers: dict[str, str], message: Message = MESSAGE, body: bytes = b"{}") -> None:
    signature = signature_of(headers)
    verify_request(signature, message, KEY.public_key(), digest=content_digest(body))


def test_the_vector_of_the_standard_is_verified_and_made() -> None:
    """RFC 9421, B.2.6."""
    params = (
        '("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    value = (
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    )
    values = {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "@method": "POST",
        "@path": "/foo",
        "@authority": "example.com",
        "content-type": "application/json",
        "content-length": "18",
    }

    signature = signature_of({"Signature-Input": f"s={params}", "Signature": f"s=:{value}:"})

    signature.verify(values, KEY.public_key())
    with pytest.raises(SignatureError, match="not by the key"):
        signature.verify(values | {"@path": "/fo"}, KEY.public_key())


class _Resolver:
    def resolve_private_key(self, key_id: str) -> Any:
        return KEY

    def resolve_public_key(self, key_id: str) -> Any:
        return KEY.public_key()


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, *_: Any, **__: Any) -> None:
        """Its clock is not the test's."""


class _Request:
    method = "POST"
    url = "https://hq.example:8443/sync/v1/events?a=1&b=%20"

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers


def test_a_well_known_library_verifies_our_request_and_we_verify_its() -> None:
    library: dict[str, Any] = {
        "signature_algorithm": algorithms.ED25519,
        "key_resolver": _Resolver(),
    }
    ours = _Request(TOLD | signed())
    verifier = _Verifier(**library)

    [result] = verifier.verify(ours, body=b"{}", require_components=REQUEST_PARTS)
    assert result.parameters["keyid"] == "pc-1"

    theirs = _Request(dict(TOLD))
    HTTPMessageSigner(**library).sign(
        theirs,
        key_id="pc-1",
        nonce=NONCE,
        covered_component_ids=(*REQUEST_PARTS[:4], "store-install", "store-epoch"),
        body=b"{}",
    )
    check(theirs.headers)


OTHERS = {
    "method": MESSAGE._replace(method="PUT"),
    "authority": MESSAGE._replace(authority="hq.example"),
    "path": MESSAGE._replace(path="/sync/v1/hello"),
    "query": MESSAGE._replace(query="a=1"),
    "install": MESSAGE._replace(headers=TOLD | {"Store-Install": "pc-2"}),
    "epoch": MESSAGE._replace(headers=TOLD | {"Store-Epoch": "4"}),
    "no-install": MESSAGE._replace(headers={"Store-Epoch": "3"}),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_nothing_of_a_request_can_be_changed_or_left_out(other: Message) -> None:
    check(signed())
    with pytest.raises(SignatureError):
        check(signed(), other)


@given(st.binary(max_size=40))
def test_another_body_is_not_the_signed_one(body: bytes) -> None:
    if body != b"{}":
        with pytest.raises(SignatureError):
            check(signed(), body=body)


def test_what_is_not_covered_is_refused() -> None:
    without = MESSAGE._replace(headers={"Store-Install": "pc-1"})
    check(signed(without), without)
    with pytest.raises(SignatureError, match="does not cover store-epoch"):
        check(signed(without))


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_the_headers_hold_is_read_or_refused(given_input: str, value: str) -> None:
    for prefix in ("", 's=("@method");created=1;keyid="a"', 's=("@method"'):
        headers = {"Signature-Input": prefix + given_input, "Signature": f"s={value}"}
        with pytest.raises(SignatureError):
            signature_of(headers)


@pytest.mark.parametrize(
    ("given_input", "value"),
    [
        ('s=("@method" "@method");created=1;keyid="a"', "s=:AA==:"),
        ('s=("@method";req);created=1;keyid="a"', "s=:AA==:"),
        ('s=("@method");created="1";keyid="a"', "s=:AA==:"),
        ('s=("@method");created=1.5;keyid="a"', "s=:AA==:"),
        ('s=("@method");created=1;keyid=a', "s=:AA==:"),
        ('s=("@method");created=1', "s=:AA==:"),
        ('s=("@method");created=1;keyid="a";alg="hmac-sha256"', "s=:AA==:"),
        ('s=("@method");created=1;keyid="a"', "t=:AA==:"),
        ('s=("@method");created=1;keyid="a"', 's="AA=="'),
        ('s=("@method");created=1;keyid="a", t=("@path");created=1;keyid="a"', "s=:AA==:"),
        ("s=1", "s=:AA==:"),
        ("s", "s=:AA==:"),
        ("", "s=:AA==:"),
        ('s=("@method");created=1;keyid="a"', ""),
        ('s=("@method");created=1;keyid="a"' + " " * 3_000, "s=:AA==:"),
    ],
)
def test_what_is_no_signature_of_ours_is_refused(given_input: str, value: str) -> None:
    with pytest.raises(SignatureError):
        signature_of({"Signature-Input": given_input, "Signature": value})


@given(
    st.lists(st.sampled_from(["@method", "@path", "date", "x-y"]), max_size=4),
    st.permutations(["created", "nonce", "keyid", "alg"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    st.integers(0, 10**13),
)
def test_what_is_read_quickly_is_read_alike_by_the_library(
    parts: list[str], order: list[str], text: str, created: int
) -> None:
    quoted = text.replace("\\", "").replace('"', "")
    values = {
        "created": str(created),
        "nonce": f'"{quoted}"',
        "keyid": f'"{quoted[::-1]}"',
        "alg": '"ed25519"',
    }
    named = " ".join(f'"{part}"' for part in parts)
    given_input = f"s=({named})" + "".join(f";{name}={values[name]}" for name in order)
    headers = {"Signature-Input": given_input, "Signature": f"s=:{'A' * 86}==:"}
    quick = signatures._plain(*headers.values())
    if quick is not None:
        inputs, value = (
            http_sf.parse(one.encode(), tltype="dictionary") for one in headers.values()
        )
        assert quick == signatures._read(inputs, value)  # type: ignore[arg-type]


def test_our_own_headers_are_read_quickly() -> None:
    for headers in (signed(), answered()):
        assert signatures._plain(headers["Signature-Input"], headers["Signature"]) is not None


def answered(body: bytes = b'{"a":1}', nonce: str = NONCE) -> dict[str, str]:
    return sign_answer(
        200, "application/json", body, key=KEY, key_id="hq", created_ms=NOW_MS, nonce=nonce
    )


def test_an_answer_is_hqs_word_for_its_own_request_alone() -> None:
    def checked(headers: dict[str, str], **changed: Any) -> None:
        told: dict[str, Any] = {"status": 200, "content_type": "application/json"}
        told |= {"body": b'{"a":1}'} | changed
        verify_answer(signature_of(headers), **told, key=KEY.public_key(), nonce=NONCE)

    checked(answered())
    for changed in (
        {"status": 403},
        {"body": b'{"a":2}'},
        {"content_type": "application/problem+json"},
    ):
        with pytest.raises(SignatureError):
            checked(answered(), **changed)
    with pytest.raises(SignatureError, match="another request"):
        checked(answered(nonce="m" * 22))
