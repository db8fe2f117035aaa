"""What a printer may get of a text."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.plain import columns_of, plain, without_controls
from drivers.printer.paper.encode import encode_text
from drivers.printer.paper.font import Encoding, legible_text

any_text = st.text(st.characters(exclude_categories=()))
"""Half surrogates included."""


@given(any_text, st.sampled_from(Encoding))
@example("\x1bp\x00\x19\xfa\x10\x14\x01\x00\x05\x85\x9b", Encoding.GB18030)
def test_no_text_ever_makes_a_byte_that_steers(text: str, encoding: Encoding) -> None:
    data = encode_text(legible_text(text, encoding), encoding)
    assert min(data, default=0x20) >= 0x20
    assert 0x7F not in data


@given(any_text)
def test_plain_text_is_visible_and_stays_as_it_is(text: str) -> None:
    visible = plain(text)
    assert plain(visible) == visible
    assert all(unicodedata.category(char)[0] in "LNPSZM" for char in visible)
    assert not any(unicodedata.category(char) in {"Mn", "Me", "Zl", "Zp"} for char in visible)


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("牛奶\n买一送一\t2 件\r\n", "牛奶 买一送一 2 件  "),
        ("\x1b@\x1dV\x00特价", "@V特价"),
        ("总价\u202e08.21\u202c", "总价08.21"),
        ("\u2066a\u2067b\u2069\u200e\u200f\u061c", "ab"),
        ("零\u200b宽\u200d字\ufeff符\u2060", "零宽字符"),
        ("隐\u3164藏\u115f\u2800", "隐藏"),
        ("¥12.80", "￥12.80"),
        ("half \ud83d surrogate", "half  surrogate"),
        ("cafe\u0301 z\u0334\u0335\u0336algo", "café zalgo"),
        ("行\u2028段\u2029\u0085\x0b\x0c末", "行 段    末"),
        ("全\u3000角\u00a0空\u2003格", "全\u3000角 空 格"),
        ("私\ue000用\U000f0000\uffff", "私用"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", "👨👩👧 ❤"),
    ],
)
def test_only_what_people_see_is_left(text: str, visible: str) -> None:
    assert plain(text) == visible


INVISIBLE = "\u200b"
"""What holds it is looked at sign by sign."""


def test_a_sign_is_the_same_whether_its_text_is_looked_at_as_a_whole_or_sign_by_sign() -> None:
    signs = map(chr, range(0x10000))
    assert [sign for sign in signs if plain(sign) != plain(sign + INVISIBLE)] == []


@given(any_text)
def test_a_text_is_the_same_whether_it_is_looked_at_as_a_whole_or_sign_by_sign(text: str) -> None:
    assert plain(text) == plain(text + INVISIBLE)


@given(any_text)
def test_a_code_keeps_its_content_but_for_controls(data: str) -> None:
    clean = without_controls(data)
    assert min(clean.encode(), default=0x20) >= 0x20
    assert "".join(char for char in data if char in set(clean)) == clean


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("牛奶", 4), ("ＡＢ", 4), ("±×÷", 6), ("", 0), ("￥1.00", 6)]
)
def test_all_but_ascii_takes_two_columns(text: str, columns: int) -> None:
    assert columns_of(text) == columns


@given(st.text())
def test_wide_full_and_ambiguous_characters_take_two_columns(text: str) -> None:
    for char in plain(text):
        if unicodedata.east_asian_width(char) in {"W", "F", "A"}:
            assert columns_of(char) == 2
