"""What biip, a strict reader, takes for right, we read the same."""

import biip
import pytest
from biip.gs1_messages import GS1Message
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.barcodes.elements import of_brackets, of_link, of_message
from agent.domain.barcodes.gtin import check_digit, gtin_of, gtin_of_upc_e

LOT = st.text(st.sampled_from("ABC123-/"), min_size=3, max_size=20)
SIX = st.integers(0, 999_999).map("{:06}".format)
ELEMENT = st.one_of(
    st.tuples(st.sampled_from(["3100", "3103", "3202", "3560"]), SIX),
    st.tuples(st.sampled_from(["15", "17"]), st.dates().map("{:%y%m%d}".format)),
    st.tuples(
        st.sampled_from(["10", "21", "240", "7230", "8200", "91"]), LOT.filter(lambda x: len(x) > 2)
    ),
    st.tuples(st.sampled_from(["3922", "3900"]), st.integers(1, 10**9).map(str)),
    st.tuples(st.just("30"), st.integers(0, 99_999_999).map(str)),
)
DIGITS = st.text(st.sampled_from("0123456789"), min_size=13, max_size=13)


@given(DIGITS, st.lists(ELEMENT, max_size=6))
def test_a_message_has_the_same_elements(digits: str, rest: list[tuple[str, str]]) -> None:
    gtin = digits + check_digit(digits)
    text = f"01{gtin}" + "\x1d".join(ai + value for ai, value in rest)
    strict = GS1Message.parse(text)
    told = [(one.ai.ai, one.value) for one in strict.element_strings]
    assert [(one.ai, one.value) for one in of_message(text)] == told
    hri = "".join(f"({ai}){value}" for ai, value in told)
    assert [(one.ai, one.value) for one in of_brackets(hri)] == told


@given(DIGITS, LOT)
def test_a_link_has_the_same_elements(digits: str, lot: str) -> None:
    gtin = digits + check_digit(digits)
    link = GS1Message.parse(f"01{gtin}10{lot}\x1d3103001234").as_gs1_digital_link_uri().as_uri()
    told = [(one.ai, one.value) for one in of_link(link)]
    assert told == [("01", gtin), ("10", lot), ("3103", "001234")]


@given(st.sampled_from([8, 12, 13, 14]), DIGITS, st.integers(0, 9))
def test_the_same_numbers_are_gtins(length: int, digits: str, last: int) -> None:
    code = f"{digits[: length - 1]}{last}"
    strict = biip.gtin.Gtin
    try:
        expected: str | None = strict.parse(code).as_gtin_14()
    except biip.ParseError:
        expected = None
    if int(code):
        assert gtin_of(code) == expected


@pytest.mark.parametrize(
    ("upc_e", "gtin"),
    [
        ("01245714", "00012100004574"),
        ("04252614", "00042100005264"),
        ("0425261", "00042100005264"),
        ("425261", "00042100005264"),
        ("01245715", None),
        ("21245714", None),
        ("12457", None),
    ],
)
def test_a_upc_e_is_written_out(upc_e: str, gtin: str | None) -> None:
    assert gtin_of_upc_e(upc_e) == gtin
