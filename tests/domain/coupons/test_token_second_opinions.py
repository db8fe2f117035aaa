"""Libraries that we did not write read our tokens, and we read theirs."""

import io
from collections.abc import Callable

import cbor2
import cwt
import msgspec
import pytest
import segno
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey
from cwt.cose_key_interface import COSEKeyInterface
from PIL import Image
from pycose.algorithms import EdDSA
from pycose.headers import KID, Algorithm
from pycose.keys.curves import Ed25519
from pycose.keys.okp import OKPKey
from pycose.messages.sign1message import Sign1Message

from agent.base.clock import Millis
from agent.domain.coupons.token import MAX_TOKEN_CHARS, Claims, TokenKind, verify_token
from tests.domain.factories import (
    COUPON,
    FULL_CLAIMS,
    MEMBER,
    NOW,
    STORE,
    STRANGER_KEY,
    TOKEN_KEY,
    claims,
    kid,
    raw,
    raw_public,
    ring,
    text_of,
    token,
)

SIGN1_TAG = b"\xd2"
"""CBOR tag 18, which marks a COSE_Sign1; a token goes without it."""
FAR = Millis(4_786_000_000_000)
"""An end that `cwt`, which asks the clock of this machine, finds in the future."""

CONTENTS = [
    claims(expires=FAR),
    claims(expires=FAR, store=None, campaign=0),
    claims(expires=FAR, kind=TokenKind.MEMBER, store=None, code_id=MEMBER, campaign=0),
    msgspec.structs.replace(FULL_CLAIMS, expires=FAR),
]


def as_cwt(content: Claims) -> dict[int, object]:
    """The claims map that docs/protocol.md promises for `content`."""
    stated: dict[int, object] = {
        3: content.store,
        4: content.expires // 1000,
        5: content.not_before // 1000,
        6: None if content.received is None else content.received // 1000,
        7: bytes.fromhex(content.code_id),
        -1: content.kind.value,
        -2: content.campaign or None,
        -3: content.index or None,
        -4: bytes.fromhex(content.member) if content.member else None,
        -5: 2 if content.channel.value == 2 else None,
    }
    return {key: value for key, value in stated.items() if value is not None}


def cwt_key(key: Ed25519PrivateKey, key_id: bytes) -> COSEKeyInterface:
    """`key` under `key_id`, as `cwt` wants it (RFC 9052 §7, RFC 9053 §7.2)."""
    okp = {1: 1, 3: -8, -1: 6, -2: raw_public(key), -4: key.private_bytes_raw()}
    return COSEKey.new({**okp, 2: key_id, 4: [1, 2]})


@pytest.mark.parametrize("content", CONTENTS)
def test_cwt_believes_a_token_and_reads_the_same_claims(content: Claims) -> None:
    data = SIGN1_TAG + raw(token(content))
    assert cwt.decode(data, keys=cwt_key(TOKEN_KEY, kid(TOKEN_KEY))) == as_cwt(content)


@pytest.mark.parametrize("content", CONTENTS)
def test_pycose_believes_a_token_and_reads_the_same_claims(content: Claims) -> None:
    message = Sign1Message.decode(SIGN1_TAG + raw(token(content)))
    message.key = OKPKey(crv=Ed25519, x=raw_public(TOKEN_KEY))
    assert message.verify_signature()
    assert message.payload is not None
    assert cbor2.loads(message.payload) == as_cwt(content)
    assert message.phdr == {Algorithm: EdDSA, KID: kid(TOKEN_KEY)}
    assert message.uhdr == {}


def test_neither_believes_another_key() -> None:
    data = SIGN1_TAG + raw(token(claims(expires=FAR)))
    with pytest.raises(cwt.VerifyError):
        cwt.decode(data, keys=cwt_key(STRANGER_KEY, kid(TOKEN_KEY)))
    message = Sign1Message.decode(data)
    message.key = OKPKey(crv=Ed25519, x=raw_public(STRANGER_KEY))
    assert not message.verify_signature()


def made_by_cwt(payload: bytes) -> bytes:
    protected = {1: -8, 4: kid(TOKEN_KEY)}
    encoded: bytes = COSE.new().encode(
        payload, cwt_key(TOKEN_KEY, kid(TOKEN_KEY)), protected=protected
    )
    return encoded.removeprefix(SIGN1_TAG)


def made_by_pycose(payload: bytes) -> bytes:
    headers = {Algorithm: EdDSA, KID: kid(TOKEN_KEY)}
    message = Sign1Message(phdr=headers, uhdr={}, payload=payload)
    message.key = OKPKey(crv=Ed25519, d=TOKEN_KEY.private_bytes_raw())
    encoded: bytes = message.encode(tag=False)
    return encoded


@pytest.mark.parametrize("made_by", [made_by_cwt, made_by_pycose])
@pytest.mark.parametrize("content", CONTENTS)
def test_another_hq_may_make_its_tokens_with_them(
    made_by: Callable[[bytes], bytes], content: Claims
) -> None:
    data = made_by(cbor2.dumps(as_cwt(content)))
    text = text_of(data)
    assert text == token(content), "Ed25519 and deterministic CBOR leave no choice"
    assert verify_token(text, keys=ring(), now=NOW) == content


# The QR code


@pytest.mark.parametrize("content", [*CONTENTS, FULL_CLAIMS])
def test_a_qr_code_of_version_9_holds_it_and_is_read_back(content: Claims) -> None:
    text = token(content)
    code = segno.make(text, error="m", boost_error=False, micro=False)
    assert code.mode == "alphanumeric"
    assert int(code.version) <= 9
    assert code.error == "M"
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=3, border=4)
    with Image.open(picture) as image:
        (found,) = zxingcpp.read_barcodes(image)
    assert found.text == text


def test_the_longest_token_is_what_a_qr_code_of_version_9_holds() -> None:
    longest = "HQ1" + "A" * (MAX_TOKEN_CHARS - 3)
    assert segno.make(longest, error="m", boost_error=False).version == 9
    assert segno.make(longest + "A", error="m", boost_error=False).version == 10


def test_a_token_without_optional_claims_makes_a_smaller_picture() -> None:
    small = token(Claims(code_id=COUPON, kind=TokenKind.COUPON, not_before=NOW, expires=FAR))
    assert int(segno.make(small, error="m", boost_error=False).version) <= 8
    assert STORE not in small
