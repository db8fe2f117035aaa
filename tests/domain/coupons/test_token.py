"""A token is believed exactly as HQ signed it, or not at all."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import Millis
from agent.domain.coupons.token import (
    MAX_TOKEN_CHARS,
    PREFIX,
    Channel,
    Claims,
    TokenError,
    TokenKind,
    TokenMalformedError,
    encode_token,
    is_token,
    verify_token,
)
from agent.domain.outcome import Reason
from tests.domain.factories import (
    COUPON,
    FULL_CLAIMS,
    NOW,
    TOKEN_KEY,
    claims,
    raw,
    refusal,
    ring,
    text_of,
    token,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
RING = ring()

ids = st.binary(min_size=12, max_size=12).map(bytes.hex)
instants = st.integers(0, 253_402_300_799).map(lambda second: Millis(second * 1000))
numbers = st.integers(0, 2**32 - 1)
all_claims = st.builds(
    Claims,
    code_id=ids,
    kind=st.sampled_from(TokenKind),
    not_before=instants,
    expires=instants,
    received=st.none() | instants,
    store=st.none() | st.from_regex(r"[A-Z0-9]{2,8}", fullmatch=True),
    campaign=numbers,
    index=numbers,
    member=st.none() | ids,
    channel=st.sampled_from(Channel),
)


@given(all_claims)
def test_what_hq_says_is_what_a_store_reads(content: Claims) -> None:
    assert verify_token(token(content), keys=RING, now=NOW) == content


def test_a_token_with_every_claim_fits_its_qr_code_by_far() -> None:
    assert len(token(FULL_CLAIMS)) <= 250 < MAX_TOKEN_CHARS


def test_what_a_token_need_not_say_has_its_meaning() -> None:
    bare = Claims(code_id=COUPON, kind=TokenKind.COUPON, not_before=NOW, expires=NOW)
    read = verify_token(token(bare), keys=RING, now=NOW)
    assert (read.store, read.campaign, read.index, read.member) == (None, 0, 0, None)
    assert read.received is None
    assert read.channel is Channel.ONLINE


def test_kinds_and_channels_keep_their_numbers_for_good() -> None:
    numbers = {kind.name: kind.value for kind in [*TokenKind, *Channel]}
    assert numbers == {
        "COUPON": 1,
        "MEMBER": 2,
        "PICKUP": 3,
        "BOOKING": 4,
        "ONLINE": 1,
        "OFFLINE": 2,
    }


def test_instants_are_kept_to_the_second_and_never_lengthen_a_coupons_life() -> None:
    content = claims(not_before=Millis(1_999), expires=Millis(5_999))
    read = verify_token(token(content), keys=RING, now=NOW)
    assert (read.not_before, read.expires) == (1_000, 5_000)


# Altered


def test_every_flipped_bit_is_refused_with_its_reason() -> None:
    data = raw(token(FULL_CLAIMS))
    kid_bits = range(7 * 8, 11 * 8)
    for bit in range(len(data) * 8):
        altered = bytearray(data)
        altered[bit // 8] ^= 0x80 >> bit % 8
        expected = Reason.UNKNOWN_KEY if bit in kid_bits else Reason.BAD_SIGNATURE
        assert refusal(text_of(bytes(altered))) is expected, bit


def test_every_other_letter_in_every_place_is_refused() -> None:
    good = token()
    for place in range(len(PREFIX), len(good)):
        for letter in ALPHABET:
            if letter != good[place]:
                altered = good[:place] + letter + good[place + 1 :]
                assert refusal(altered) in (Reason.BAD_SIGNATURE, Reason.UNKNOWN_KEY), altered


LIKE_A_LETTER = ("\u0130", "\u0131", "\u017f", "\u212a", "\uff21")
"""Become, or come from, an ASCII letter when the case is changed or the form normalised."""


@pytest.mark.parametrize(
    "char", [*"0189=-+/ $.é张", *LIKE_A_LETTER, "\x1d", "\u3000", "\ud800", "\U0001f600"]
)
def test_a_character_from_outside_the_alphabet_is_refused_in_every_place(char: str) -> None:
    good = token()
    for place in range(len(PREFIX), len(good)):
        assert refusal(good[:place] + char + good[place + 1 :]) is Reason.BAD_SIGNATURE
        assert refusal(good[:place] + char + good[place:]) is Reason.BAD_SIGNATURE
    assert refusal(good + char) is Reason.BAD_SIGNATURE


def test_a_damaged_prefix_makes_it_no_token_at_all() -> None:
    good = token()
    for damaged in ("Q1" + good, good[1:], "HQ2" + good[3:], "H Q1" + good[3:], " " + good):
        assert refusal(damaged) is Reason.UNKNOWN_CODE
        with pytest.raises(TokenMalformedError):
            verify_token(damaged, keys=RING, now=NOW)


def test_every_truncation_is_refused() -> None:
    good = token(FULL_CLAIMS)
    for length in range(len(PREFIX), len(good)):
        assert refusal(good[:length]) is Reason.BAD_SIGNATURE


def test_anything_behind_it_is_refused() -> None:
    good = token()
    for tail in ("A", "7", "AAAAAAAA", good, good[len(PREFIX) :], "=", "======"):
        assert refusal(good + tail) is Reason.BAD_SIGNATURE


# One spelling


def spellings_with_other_spare_bits(text: str) -> Iterator[str]:
    spare = len(text[len(PREFIX) :]) * 5 % 8
    last = ALPHABET.index(text[-1])
    for bits in range(1, 1 << spare):
        yield text[:-1] + ALPHABET[last | bits]


def test_bits_that_no_byte_holds_must_be_zero() -> None:
    lengths = set()
    for store in ("AB", "ABC", "ABCD", "ABCDE", "ABCDEF"):
        good = token(claims(store=store))
        lengths.add(len(good) % 8)
        for other in spellings_with_other_spare_bits(good):
            assert raw(other) == raw(good)
            assert refusal(other) is Reason.BAD_SIGNATURE
        for zeros in range(1, 9):
            assert refusal(good + "A" * zeros) is Reason.BAD_SIGNATURE
    assert len(lengths) == 5, "every remainder of base32 was tried"


def test_caps_lock_swaps_the_case_and_changes_nothing() -> None:
    good = token(FULL_CLAIMS)
    assert good.swapcase() == good.lower()
    assert is_token(good.lower())
    assert verify_token(good.lower(), keys=RING, now=NOW) == FULL_CLAIMS


def test_a_forged_token_is_no_better_in_lower_case() -> None:
    good = token()
    swapped = good[:40] + ("B" if good[40] == "A" else "A") + good[41:]
    assert refusal(swapped.lower()) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "code", ["hq1", "hq1-spring", "hq1 2345", "hq108", "hq1\u017f\u017f", "HQ", ""]
)
def test_another_code_that_only_begins_alike_is_not_taken_for_a_token(code: str) -> None:
    assert not is_token(code)


def test_an_over_long_token_is_refused_before_it_is_decoded() -> None:
    assert refusal(PREFIX + "A" * (MAX_TOKEN_CHARS - len(PREFIX))) is Reason.BAD_SIGNATURE
    with pytest.raises(TokenMalformedError, match="too long"):
        verify_token(PREFIX + "A" * (MAX_TOKEN_CHARS - len(PREFIX) + 1), keys=RING, now=NOW)


def test_hq_does_not_issue_what_would_not_fit_or_not_be_read() -> None:
    for content in (
        claims(store="MB0012345"),
        claims(store=""),
        claims(store="mb001"),
        claims(code_id="00"),
        claims(member="00" * 13),
        claims(code_id="zz" * 12),
        claims(campaign=-1),
        claims(index=2**53 + 1),
        claims(expires=Millis(-1_000)),
        claims(expires=Millis(253_402_300_800_000)),
    ):
        with pytest.raises(ValueError, match=r".+"):
            token(content)
    with pytest.raises(ValueError, match="4 bytes"):
        encode_token(claims(), kid=b"123", key=TOKEN_KEY)


# Noise


@given(st.text(max_size=300))
def test_any_text_behind_the_prefix_raises_nothing_but_a_token_error(text: str) -> None:
    with pytest.raises(TokenError):
        verify_token(PREFIX + text, keys=RING, now=NOW)


@given(st.binary(min_size=1, max_size=160))
def test_any_bytes_in_base32_raise_nothing_but_a_token_error(data: bytes) -> None:
    with pytest.raises(TokenError):
        verify_token(text_of(data), keys=RING, now=NOW)
