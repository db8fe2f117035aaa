"""A key counts from its first instant to its last, and never once it is revoked."""

import hashlib

import pytest

from agent.base.clock import Millis
from agent.domain.coupons.token import (
    TokenError,
    TokenKeyUnknownError,
    TokenSignatureError,
    encode_token,
    verify_token,
)
from agent.domain.trust.cose import Sign1, sign1
from agent.domain.trust.keys import KeyRing, kid_of
from tests.domain.factories import (
    NOW,
    STRANGER_KEY,
    TOKEN_KEY,
    claims,
    key_set,
    kid,
    raw_public,
    ring,
    signing_key,
    token,
)

TODAY, TOMORROW = NOW, NOW + 1_000


def believed(code: str, keys: KeyRing, now: int = NOW) -> bool:
    try:
        verify_token(code, keys=keys, now=Millis(now))
    except TokenKeyUnknownError:
        return False
    return True


def test_a_key_id_is_the_beginning_of_the_keys_sha_256() -> None:
    public = raw_public(TOKEN_KEY)
    assert kid_of(public) == hashlib.sha256(public).digest()[:4]


def test_a_key_counts_from_its_first_instant_and_no_longer_at_its_end() -> None:
    keys = ring(signing_key(not_before=TODAY, not_after=TOMORROW))
    assert not believed(token(), keys, TODAY - 1)
    assert believed(token(), keys, TODAY)
    assert believed(token(), keys, TOMORROW - 1)
    assert not believed(token(), keys, TOMORROW)


def test_a_revoked_key_never_counts() -> None:
    keys = ring(signing_key(revoked=True))
    assert not believed(token(), keys)


def test_while_one_key_follows_another_both_count() -> None:
    old = signing_key(TOKEN_KEY, not_before=NOW - 1_000, not_after=NOW + 100)
    new = signing_key(STRANGER_KEY, not_before=NOW - 100, not_after=NOW + 1_000)
    keys = ring(old, new)
    of_old, of_new = token(claims(), TOKEN_KEY), token(claims(), STRANGER_KEY)
    seen = [
        (believed(of_old, keys, at), believed(of_new, keys, at))
        for at in (NOW - 500, NOW - 100, NOW + 99, NOW + 100, NOW + 1_000)
    ]
    assert seen == [(True, False), (True, True), (True, True), (False, True), (False, False)]


def test_revoking_one_key_leaves_the_others() -> None:
    keys = ring(signing_key(TOKEN_KEY, revoked=True), signing_key(STRANGER_KEY))
    assert not believed(token(claims(), TOKEN_KEY), keys)
    assert believed(token(claims(), STRANGER_KEY), keys)


def test_an_unlisted_key_does_not_count() -> None:
    assert not believed(token(claims(), STRANGER_KEY), ring(signing_key(TOKEN_KEY)))
    assert not believed(token(), KeyRing(key_set()))


def test_a_signature_by_one_key_under_the_kid_of_another_is_a_forgery() -> None:
    forged = encode_token(claims(), kid=kid(TOKEN_KEY), key=STRANGER_KEY)
    with pytest.raises(TokenSignatureError):
        verify_token(forged, keys=ring(signing_key(TOKEN_KEY), signing_key(STRANGER_KEY)), now=NOW)


def test_a_code_that_was_believed_once_is_judged_anew_by_its_keys_dates() -> None:
    keys = ring(signing_key(not_before=TODAY, not_after=TOMORROW))
    assert believed(token(), keys, TODAY)
    assert not believed(token(), keys, TOMORROW)


def test_a_code_that_was_believed_once_helps_no_forgery_of_it() -> None:
    keys = ring()
    forged = encode_token(claims(), kid=kid(TOKEN_KEY), key=STRANGER_KEY)
    assert believed(token(), keys)
    with pytest.raises(TokenSignatureError):
        verify_token(forged, keys=keys, now=NOW)
    with pytest.raises(TokenSignatureError):
        verify_token(forged, keys=keys, now=NOW)


def test_the_signature_of_a_code_is_checked_once() -> None:
    keys = ring()
    envelope = Sign1(sign1(b"payload", kid=kid(TOKEN_KEY), key=TOKEN_KEY))
    again = Sign1(sign1(b"payload", kid=kid(TOKEN_KEY), key=TOKEN_KEY))
    keys.verify(envelope, TOKEN_KEY.public_key())
    keys.verify(again, STRANGER_KEY.public_key())  # nobody asks it


@pytest.mark.parametrize("public", ["00" * 32, "01" + "00" * 31, "ff" * 32])
def test_a_key_that_is_no_point_of_the_curve_believes_nothing(public: str) -> None:
    bad = signing_key()
    keys = KeyRing(
        key_set(
            type(bad)(
                kid=bad.kid, public_key=public, not_before=bad.not_before, not_after=bad.not_after
            )
        )
    )
    with pytest.raises(TokenError):
        verify_token(token(), keys=keys, now=NOW)


def test_a_key_set_that_lists_one_kid_twice_is_none() -> None:
    with pytest.raises(ValueError, match="twice"):
        key_set(signing_key(), signing_key(revoked=True))
