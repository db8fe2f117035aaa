"""A scan becomes a code or a clear word why not; money is told from coupons."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.barcodes.article_code import read_barcode
from agent.domain.barcodes.symbology import Carrier
from agent.domain.coupons.codes import MAX_CODE_BYTES, CodeError, clean, is_payment_code, read
from agent.domain.coupons.decision import Decision, authenticate
from agent.domain.outcome import Reason
from tests.domain.factories import NOW, ring, token


def code_of(scanned: str) -> str:
    with pytest.raises(CodeError) as refusal:
        clean(scanned)
    return refusal.value.code


# Cleaning


@pytest.mark.parametrize(
    ("scanned", "code"),
    [
        ("ABC", "ABC"),
        ("aBc", "aBc"),
        ("ABC\r\n", "ABC"),
        ("\tABC\t", "ABC"),
        ("  ABC  ", "ABC"),
        ("A B", "A B"),
        ("]C10112345678901231", "0112345678901231"),
        ("]d20112345678901231\x1d10LOT", "0112345678901231\x1d10LOT"),
        ("]Q3ABC", "ABC"),
        ("]e0ABC", "ABC"),
        ("]Q1HQ1ABC", "HQ1ABC"),
        ("]q1hq1abc", "hq1abc"),
        ("]E06901234567892", "6901234567892"),
        ("]C1]C1ABC", "]C1ABC"),
        ("AB]C1C", "AB]C1C"),
        ("]C", "]C"),
        ("]Z9ABC", "ABC"),
        ("]zAABC", "ABC"),
        ("]E496385074", "96385074"),
        ("]Q2\\000026春\\\\天", "春\\天"),
        ("]?1ABC", "]?1ABC"),
        ("\x1dABC\x1d", "\x1dABC\x1d"),
        ("满30减5", "满30减5"),
        ("😀", "😀"),
    ],
)
def test_a_scan_is_cleaned_of_what_the_scanner_adds_and_of_nothing_else(
    scanned: str, code: str
) -> None:
    assert clean(scanned) == code


@pytest.mark.parametrize("scanned", ["", " ", "\r\n", "\t \t", "]C1", "]Q3\r\n"])
def test_an_empty_scan_is_no_code(scanned: str) -> None:
    assert code_of(scanned) == "code_empty"


@pytest.mark.parametrize(
    "char",
    [
        *(
            "\x00",
            "\x07",
            "\x08",
            "\t",
            "\n",
            "\x1b",
            "\x1c",
            "\x1e",
            "\x7f",
            "\x85",
            "\xad",
        ),
        *("\u200b", "\u200f", "\u202e", "\u2028", "\u2066", "\ufeff", "\ufff9", "\U000e0041"),
        *("\ud800", "\udfff", "\uffff", "\ue000"),
    ],
)
def test_a_character_that_cannot_be_printed_is_refused_inside_a_code(char: str) -> None:
    assert code_of(f"AB{char}CD") == "code_charset"


@pytest.mark.parametrize("blank", [" ", "\u3000", "\xa0", "\u2003", "\u202f"])
def test_every_blank_is_one(blank: str) -> None:
    assert clean(f"{blank}芝麻{blank}开门{blank}") == "芝麻 开门"


@pytest.mark.parametrize("edge", ["\u200b", "\ufeff", "\u202d", "\u2060"])
def test_what_comes_along_unseen_with_a_copied_code_is_taken_off(edge: str) -> None:
    assert clean(f"{edge}HQ1ABC\u202c{edge}") == "HQ1ABC"


@pytest.mark.parametrize(
    ("char", "most"),
    [("A", 1_024), ("é", 512), ("券", 341), ("😀", 256)],
)
def test_the_limit_counts_bytes_not_characters(char: str, most: int) -> None:
    assert clean(char * most) == char * most
    assert code_of(char * (most + 1)) == "code_too_long"


def test_the_limit_holds_for_what_is_left_after_cleaning() -> None:
    longest = "A" * MAX_CODE_BYTES
    assert clean(f"]C1{longest}\r\n") == longest


def test_lone_surrogates_are_measured_and_refused_without_a_crash() -> None:
    assert code_of("\ud800") == "code_charset"
    assert code_of("\ud800" * 400) == "code_too_long"


@given(st.text())
def test_any_scan_is_a_printable_code_or_a_code_error(scanned: str) -> None:
    with suppress(CodeError):
        code = clean(scanned)
        assert code
        assert set(code) <= {*scanned, " "} or "\\" in scanned
        assert len(code.encode()) <= MAX_CODE_BYTES
        assert code.replace("\x1d", "").isprintable()


@given(st.text())
def test_cleaning_a_clean_code_again_takes_at_most_another_prefix(scanned: str) -> None:
    with suppress(CodeError):
        once = clean(scanned)
        if not once.startswith("]") and once == once.strip():
            assert clean(once) == once


# Payment codes


def digits(prefix: str, length: int) -> str:
    return prefix + "0" * (length - len(prefix))


PAYMENT_CODES = (
    [digits(str(first), 18) for first in range(10, 16)]
    + [digits(str(first), length) for first in range(25, 31) for length in range(16, 25)]
    + [digits("62", 19)]
)

NO_PAYMENT_CODES = [
    digits("09", 18),
    digits("16", 18),
    digits("10", 17),
    digits("10", 19),
    digits("15", 17),
    digits("24", 18),
    digits("31", 18),
    digits("25", 15),
    digits("30", 25),
    digits("62", 18),
    digits("62", 20),
    digits("61", 19),
    digits("63", 19),
]


@pytest.mark.parametrize("code", PAYMENT_CODES)
def test_a_payment_code_of_wechat_alipay_or_unionpay_is_known_as_money(code: str) -> None:
    assert is_payment_code(code)
    refusal = authenticate(code, keys=ring(), now=NOW)
    assert isinstance(refusal, Decision)
    assert refusal.reason is Reason.PAYMENT_CODE
    assert refusal.detail == {}, "nothing of it is kept or shown"


@pytest.mark.parametrize("code", NO_PAYMENT_CODES)
def test_one_digit_more_or_less_or_beside_the_range_is_not(code: str) -> None:
    assert not is_payment_code(code)


@pytest.mark.parametrize(
    "code",
    [
        "6901234567892",
        "4006381333931",
        "1012345678901",
        "2512345678901",
        "96385074",
        "00012345600012",
    ],
)
def test_an_article_is_not_a_payment_code(code: str) -> None:
    assert not is_payment_code(code)


@pytest.mark.parametrize(
    "code",
    [
        "１３０００００００００００００００",
        "١٣" + "0" * 16,
        "13" + "0" * 15 + "x",
        "13" + "0" * 16 + "\n",
        "x13" + "0" * 16,
        "13 " + "0" * 15,
        "",
    ],
)
def test_only_plain_digits_from_end_to_end_are_a_payment_code(code: str) -> None:
    assert not is_payment_code(code)


@given(st.from_regex(r"(1[0-5][0-9]{16}|(2[5-9]|30)[0-9]{14,22}|62[0-9]{17})", fullmatch=True))
def test_no_payment_code_is_taken_for_an_article(code: str) -> None:
    assert is_payment_code(code)
    read = read_barcode(Carrier.UNKNOWN, code, today=date(2026, 5, 1), may_be_money=True)
    assert read.articles == ()


@pytest.mark.parametrize("symbol", ["]E0", "]E3", "]C1", "]e0", "]I1", "]d2", "]Q3"])
def test_digits_in_a_symbol_that_no_wallet_shows_are_not_money(symbol: str) -> None:
    assert _reason(f"{symbol}{digits('25', 18)}") is Reason.UNKNOWN_CODE
    for wallet in ("]C0", "]Q1", ""):
        assert _reason(f"{wallet}{digits('25', 18)}") is Reason.PAYMENT_CODE


@pytest.mark.parametrize(
    "typed", ["1300 0000 0000 000000", "１３" + "０" * 16, "13-0000-0000-00000000"]
)
def test_a_payment_code_that_people_type_is_money_however_it_is_spaced(typed: str) -> None:
    assert _reason(typed) is Reason.PAYMENT_CODE


def _reason(scanned: str) -> Reason | None:
    carrier, code = read(scanned)
    refusal = authenticate(code, keys=ring(), now=NOW, carrier=carrier)
    assert isinstance(refusal, Decision)
    return refusal.reason


def test_a_token_is_not_a_payment_code_and_noise_is_neither() -> None:
    assert not is_payment_code(token())
    refusal = authenticate("noise", keys=ring(), now=NOW)
    assert isinstance(refusal, Decision)
    assert refusal.reason is Reason.UNKNOWN_CODE
