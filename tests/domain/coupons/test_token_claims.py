"""Claims that HQ signed and that still are not what a claim may be: refused, never misread."""

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import Millis
from agent.domain.coupons.token import (
    TokenError,
    TokenKeyUnknownError,
    TokenMalformedError,
    verify_token,
)
from agent.domain.outcome import Reason
from tests.domain.factories import COUPON, NOW, refusal, ring, signed_payload

RING = ring()

GOOD_MAP: dict[Any, object] = {3: "MB001", 4: 1_800_000_000, 5: 0, 7: bytes.fromhex(COUPON), -1: 1}


def test_the_map_that_the_following_tests_spoil_is_good() -> None:
    read = verify_token(signed_payload(cbor2.dumps(GOOD_MAP)), keys=RING, now=NOW)
    assert (read.store, read.code_id) == ("MB001", COUPON)


@pytest.mark.parametrize("key", GOOD_MAP)
def test_a_token_without_a_claim_it_needs_is_refused(key: int) -> None:
    lacking = {other: value for other, value in GOOD_MAP.items() if other != key}
    code = signed_payload(cbor2.dumps(lacking))
    if key == 3:
        assert verify_token(code, keys=RING, now=NOW).store is None
    else:
        assert refusal(code) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("key", [3, 4, 5, 7, -1, -2, -3, -4, -5])
@pytest.mark.parametrize(
    "value",
    [
        *(None, True, -1, 2**64, 1.0, 1.5, float("inf"), float("nan")),
        *("", "5", "mb001", "MB001\n", b"", b"5"),
        *([], [1], ["MB001"], {}, {1: 2}, cbor2.undefined, cbor2.CBORTag(99, 1)),
    ],
)
def test_a_claim_of_the_wrong_type_or_size_is_refused(key: int, value: object) -> None:
    """Above all `aud`: null or a list must not turn a bound coupon into a chain-wide one."""
    assert refusal(signed_payload(cbor2.dumps({**GOOD_MAP, key: value}))) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("key", [4, 5])
def test_an_instant_that_no_calendar_holds_is_refused(key: int) -> None:
    code = signed_payload(cbor2.dumps({**GOOD_MAP, key: 253_402_300_800}))
    assert refusal(code) is Reason.BAD_SIGNATURE


def test_claims_that_a_later_hq_may_add_are_ignored() -> None:
    more: dict[Any, object] = {**GOOD_MAP, 1: "hq", 6: 5, -9: [1], "note": "x", b"raw": None}
    assert verify_token(signed_payload(cbor2.dumps(more)), keys=RING, now=NOW).code_id == COUPON


cbor_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=14),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.integers(-6, 8), inner, max_size=3)
        | st.builds(cbor2.CBORTag, st.integers(0, 300), inner)
    ),
    max_leaves=4,
)


def assert_believed_or_refused_as_a_token(payload: bytes) -> None:
    try:
        text = signed_payload(payload)
        read = verify_token(text, keys=RING, now=NOW)
    except TokenError:
        return
    assert isinstance(read.code_id, str)
    assert read.store is None or isinstance(read.store, str)
    assert type(read.expires) is int
    assert type(read.campaign) is int


@given(st.dictionaries(st.sampled_from([3, 4, 5, 7, -1, -2, -3, -4, -5]), cbor_values))
def test_a_signed_map_of_anything_raises_nothing_but_a_token_error(
    content: dict[int, object],
) -> None:
    assert_believed_or_refused_as_a_token(cbor2.dumps({**GOOD_MAP, **content}))


@given(st.binary(max_size=90))
def test_a_signed_payload_of_any_bytes_raises_nothing_but_a_token_error(payload: bytes) -> None:
    assert_believed_or_refused_as_a_token(payload)


@pytest.mark.parametrize(
    "payload",
    [
        "c5821a7fffffff01",  # a big float that overflows
        "d81c81d81d00",  # a list that holds itself
        "446fcec2a3",  # a byte string, as good as a list to a careless reader
        "d81e820100",  # one divided by nothing
        "9bffffffffffffffff",  # a list of 2^64
        "bbffffffffffffffff",  # a map of 2^64
        "81" * 85,  # lists in lists
        "c1fb7ff0000000000000",  # a date at infinity
        "d8236128",  # half a regular expression
        "a1d9010281a001",  # a set of a map as a key
    ],
)
def test_a_signed_payload_that_trips_its_reader_is_refused(payload: str) -> None:
    assert refusal(signed_payload(bytes.fromhex(payload))) is Reason.BAD_SIGNATURE


def test_the_signature_is_checked_before_the_claims_are_read() -> None:
    code = signed_payload(b"\xff not CBOR")
    with pytest.raises(TokenMalformedError, match="signed, but"):
        verify_token(code, keys=RING, now=NOW)
    with pytest.raises(TokenKeyUnknownError):
        verify_token(code, keys=ring(), now=Millis(0))
