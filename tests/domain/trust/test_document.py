"""A document counts if the root signed it, as what it was signed as."""

from typing import Any

import cbor2
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import Millis
from agent.domain.coupons.token import (
    TokenError,
    TokenKeyUnknownError,
    TokenMalformedError,
    verify_token,
)
from agent.domain.trust.cose import MAX_PAYLOAD_BYTES, CoseError, Sign1, sign1
from agent.domain.trust.document import (
    MAX_DOCUMENT_BYTES,
    DocumentError,
    open_document,
    sign_document,
)
from agent.domain.trust.keys import KeyRing, KeySet, SigningKey
from agent.domain.trust.policy import CAUTIOUS, Limits, Policy
from tests.domain.factories import (
    NOW,
    POLICY,
    ROOT_KEY,
    STRANGER_KEY,
    TOKEN_KEY,
    key_set,
    kid,
    raw,
    ring,
    signing_key,
    text_of,
    token,
)

ROOT = ROOT_KEY.public_key()
KEYS = key_set(signing_key(), signing_key(STRANGER_KEY, revoked=True), version=7)


def signed_by_root(payload: bytes) -> bytes:
    return sign1(payload, kid=kid(ROOT_KEY), key=ROOT_KEY)


def test_a_key_set_and_a_policy_come_through_unchanged() -> None:
    assert open_document(sign_document(KEYS, root=ROOT_KEY), KeySet, root=ROOT) == KEYS
    assert open_document(sign_document(POLICY, root=ROOT_KEY), Policy, root=ROOT) == POLICY


def test_signing_twice_gives_the_same_bytes() -> None:
    assert sign_document(POLICY, root=ROOT_KEY) == sign_document(POLICY, root=ROOT_KEY)


@pytest.mark.parametrize("key", [TOKEN_KEY, STRANGER_KEY])
def test_nobody_but_the_root_signs_documents(key: Ed25519PrivateKey) -> None:
    by_another = sign_document(KEYS, root=key)
    with pytest.raises(DocumentError, match="signature"):
        open_document(by_another, KeySet, root=ROOT)
    under_the_roots_kid = sign1(Sign1(by_another).payload, kid=kid(ROOT_KEY), key=key)
    with pytest.raises(DocumentError, match="signature"):
        open_document(under_the_roots_kid, KeySet, root=ROOT)


def test_a_policy_does_not_pass_as_a_key_set_nor_the_reverse() -> None:
    with pytest.raises(DocumentError, match="expected a key_set"):
        open_document(sign_document(POLICY, root=ROOT_KEY), KeySet, root=ROOT)
    with pytest.raises(DocumentError, match="expected a policy"):
        open_document(sign_document(KEYS, root=ROOT_KEY), Policy, root=ROOT)


def test_every_flipped_bit_is_noticed() -> None:
    data = sign_document(POLICY, root=ROOT_KEY)
    for bit in range(len(data) * 8):
        altered = bytearray(data)
        altered[bit // 8] ^= 0x80 >> bit % 8
        with pytest.raises(DocumentError):
            open_document(bytes(altered), Policy, root=ROOT)


def test_every_truncation_and_anything_behind_it_is_noticed() -> None:
    data = sign_document(POLICY, root=ROOT_KEY)
    for other in [data[:length] for length in range(len(data))] + [data + b"\x00", data + data]:
        with pytest.raises(DocumentError):
            open_document(other, Policy, root=ROOT)


def keys_without_end(count: int) -> KeySet:
    """A set of `count` keys, each with an id of its own."""
    public = "ab" * 32
    return key_set(
        *(
            SigningKey(kid=f"{number:08x}", public_key=public, not_before=Millis(0), not_after=NOW)
            for number in range(count)
        )
    )


def test_a_document_that_is_too_large_is_neither_signed_nor_opened() -> None:
    many = keys_without_end(MAX_DOCUMENT_BYTES // 100)
    with pytest.raises(ValueError, match="at most"):
        sign_document(many, root=ROOT_KEY)
    padded = signed_by_root(b" " * MAX_DOCUMENT_BYTES)
    assert len(padded) > MAX_DOCUMENT_BYTES
    with pytest.raises(DocumentError, match="at most"):
        open_document(padded, KeySet, root=ROOT)


def test_the_largest_document_is_opened() -> None:
    policy = b'{"kind":"policy","document":{"version":1}}'
    around = len(signed_by_root(b" " * 1_000)) - 1_000
    largest = signed_by_root(policy + b" " * (MAX_DOCUMENT_BYTES - around - len(policy)))
    assert len(largest) == MAX_DOCUMENT_BYTES
    assert open_document(largest, Policy, root=ROOT).version == 1


def test_a_hundred_keys_are_not_too_many() -> None:
    hundred = keys_without_end(100)
    assert open_document(sign_document(hundred, root=ROOT_KEY), KeySet, root=ROOT) == hundred


# Tokens and documents don't stand in for each other


def test_a_token_is_no_document_even_if_the_root_signed_it() -> None:
    with pytest.raises(DocumentError, match="signature"):
        open_document(raw(token()), Policy, root=ROOT)
    by_root = raw(token(key=ROOT_KEY))
    with pytest.raises(DocumentError, match="JSON"):
        open_document(by_root, Policy, root=ROOT)
    with pytest.raises(DocumentError, match="JSON"):
        open_document(by_root, KeySet, root=ROOT)


def test_a_document_is_no_token_even_if_the_root_were_among_the_token_keys() -> None:
    small = text_of(signed_by_root(b'{"document":{},"kind":"policy"}'))
    with pytest.raises(TokenKeyUnknownError):
        verify_token(small, keys=ring(), now=NOW)
    with pytest.raises(TokenMalformedError, match="signed, but"):
        verify_token(small, keys=ring(signing_key(ROOT_KEY)), now=NOW)
    with pytest.raises(TokenError):
        verify_token(
            text_of(sign_document(POLICY, root=ROOT_KEY)),
            keys=ring(signing_key(ROOT_KEY)),
            now=NOW,
        )


# Signed, but not what a document may be


GOOD_KEY = msgspec.to_builtins(signing_key())


def signed_key_set(**key: Any) -> bytes:
    body = {"version": 1, "keys": [{**GOOD_KEY, **key}]}
    return signed_by_root(msgspec.json.encode({"kind": "key_set", "document": body}))


def test_the_key_that_the_following_tests_spoil_is_good() -> None:
    assert KeyRing(open_document(signed_key_set(), KeySet, root=ROOT)).find(kid(TOKEN_KEY), NOW)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"kid": "0"},
        {"kid": "zzzzzzzz"},
        {"kid": GOOD_KEY["kid"] + "00"},
        {"public_key": ""},
        {"public_key": "zz" * 32},
        {"public_key": GOOD_KEY["public_key"][:-2]},
        {"public_key": GOOD_KEY["public_key"].upper()},
        {"not_before": "today"},
        {"not_after": None},
        {"revoked": "no"},
        {"unknown": 1},
    ],
)
def test_a_key_set_that_no_ring_could_hold_is_refused_when_it_comes(spoilt: dict[str, Any]) -> None:
    """Kept, it would stop the store at its next start."""
    with pytest.raises(DocumentError):
        open_document(signed_key_set(**spoilt), KeySet, root=ROOT)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"kind":"policy"}',
        b'{"kind":"POLICY","document":{"version":1}}',
        b'{"kind":"policy","document":{"version":-1}}',
        b'{"kind":"policy","document":{"version":1e3}}',
        b'{"kind":"policy","document":{"version":99999999999999999999}}',
        b'{"kind":"policy","document":{"version":1,"limits":{"hard_count":null}}}',
        b'{"kind":"policy","document":{"version":1,"limits":{"hard_cuont":1}}}',
        b'{"kind":"policy","document":{"version":1}}x',
        b'{"kind":"policy","document":"\xff"}',
        b'{"kind":"\xff","document":{}}',
        b'{"kind":"policy","document":' + b"[" * 50_000,
    ],
)
def test_a_signed_payload_that_is_no_policy_is_refused(payload: bytes) -> None:
    with pytest.raises(DocumentError):
        open_document(signed_by_root(payload), Policy, root=ROOT)


def test_what_a_later_version_adds_to_a_document_is_passed_over() -> None:
    payload = b'{"kind":"policy","document":{"version":7,"more":1},"more":1}'
    assert open_document(signed_by_root(payload), Policy, root=ROOT) == Policy(version=7)


@given(st.binary(max_size=400))
def test_any_bytes_raise_nothing_but_a_document_error(data: bytes) -> None:
    for attempt in (data, signed_by_root(data)):
        with pytest.raises(DocumentError):
            open_document(attempt, Policy, root=ROOT)


def test_what_holds_before_any_policy_takes_nothing_at_risk() -> None:
    assert CAUTIOUS.version == 0
    limits = CAUTIOUS.limits
    assert limits == Limits(
        per_redemption_fen=0,
        per_member_count=0,
        soft_count=0,
        hard_count=0,
        soft_sum_fen=0,
        hard_sum_fen=0,
    )
    assert CAUTIOUS.revocations_max_age_ms == 0


# The envelope


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, MAX_PAYLOAD_BYTES])
def test_a_payload_of_every_length_form_comes_through(size: int) -> None:
    payload = b"x" * size
    envelope = Sign1(signed_by_root(payload))
    envelope.verify(ROOT)
    assert envelope.payload == payload
    assert cbor2.loads(signed_by_root(payload))[2] == payload


def test_a_payload_that_no_store_would_read_is_not_signed() -> None:
    with pytest.raises(ValueError, match="at most"):
        signed_by_root(b"x" * (MAX_PAYLOAD_BYTES + 1))


@pytest.mark.parametrize(
    "length",
    [
        b"\x58\x05",  # one byte more than needed
        b"\x59\x00\x05",
        b"\x59\x00\xff",
        b"\x5a\x00\x00\x00\x05",
        b"\x5f\x45",  # of unstated length
        b"\x65",  # text
        b"\x44",  # too short
        b"\x46",  # too long
    ],
)
def test_a_payload_has_one_encoding(length: bytes) -> None:
    good = signed_by_root(b"12345")
    assert good.count(b"\x4512345") == 1
    with pytest.raises(CoseError):
        Sign1(good.replace(b"\x4512345", length + b"12345"))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x58",
        b"\x59",
        b"\x59\x01",
        b"\x79\x01\x00" + b"x" * 256,  # text
        b"\x99\x01\x00" + b"x" * 256,  # an array
        b"\x61x",
    ],
)
def test_what_stands_for_the_payload_is_bytes(payload: bytes) -> None:
    good = signed_by_root(b"12345")
    with pytest.raises(CoseError):
        Sign1(good.replace(b"\x4512345", payload))


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (b"\x84\x49", b"\xd2\x84\x49"),  # tagged
        (b"\x84\x49", b"\x9f\x49"),  # of unstated length
        (b"\xa2\x01\x27", b"\xa2\x01\x26"),  # another algorithm
        (b"\xa2\x01\x27\x04", b"\xa2\x04\x27\x01"),
        (b"\xa0\x45", b"\xa1\x04\x41\x00\x45"),  # an unprotected header
        (b"\x58\x40", b"\x59\x00\x40"),
    ],
)
def test_an_envelope_has_one_form(there: bytes, instead: bytes) -> None:
    good = signed_by_root(b"12345")
    assert there in good
    with pytest.raises(CoseError):
        Sign1(good.replace(there, instead, 1))
