"""JSON comes in strictly or not at all, and goes out in one spelling."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.strict_json import MAX_DEPTH, MAX_INTEGER, JsonError, canonical, parse

texts = st.text(st.characters(exclude_categories=["Cs"]))
integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=30,
)


def code_of(data: bytes) -> str:
    with pytest.raises(JsonError) as refusal:
        parse(data)
    return refusal.value.code


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(values.filter(lambda value: depth_of(value) <= MAX_DEPTH))
def test_what_is_written_is_what_is_read(value: Any) -> None:
    assert parse(canonical(value)) == value


@given(values.filter(lambda value: depth_of(value) <= MAX_DEPTH))
def test_one_value_has_one_spelling(value: Any) -> None:
    assert canonical(parse(canonical(value))) == canonical(value)


@given(st.binary() | st.text(st.sampled_from('{}[]:,"\\0123456789.eE+-tfnu \n')).map(str.encode))
def test_no_bytes_raise_anything_but_a_json_error(data: bytes) -> None:
    with suppress(JsonError):
        parse(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json_malformed"),
        (b" \n", "json_malformed"),
        (b"{", "json_malformed"),
        (b'{"a":1}}', "json_malformed"),
        (b'{"a":1} x', "json_malformed"),
        (b'{"a":1}{"a":1}', "json_malformed"),
        (b'{"a":1,}', "json_malformed"),
        (b"[1,]", "json_malformed"),
        (b"{'a':1}", "json_malformed"),
        (b"{a:1}", "json_malformed"),
        (b"01", "json_malformed"),
        (b"+1", "json_malformed"),
        (b"0x10", "json_malformed"),
        (b"1_000", "json_malformed"),
        (b"True", "json_malformed"),
        (b'"\n"', "json_malformed"),
        (b'"\x00"', "json_malformed"),
        (b'"\\x41"', "json_malformed"),
        (b'"\\u12"', "json_malformed"),
        (b'"open', "json_malformed"),
        (b"\x0b1", "json_malformed"),
        (b"// note\n1", "json_malformed"),
        (b"\xef\xbb\xbf{}", "json_malformed"),
        (b"\xff\xfe{\x00}\x00", "json_not_utf8"),
        (b"\xc0\x80", "json_not_utf8"),
        (b'"\xed\xa0\x80"', "json_not_utf8"),
        (b'{"a":"\xff"}', "json_not_utf8"),
        ('{"价":1}'.encode("gb18030"), "json_not_utf8"),
        (rb'"\ud800"', "json_surrogate"),
        (rb'"\udc00\ud800"', "json_surrogate"),
        (rb'{"\ud83d":1}', "json_surrogate"),
        (b"NaN", "json_not_a_number"),
        (b"Infinity", "json_not_a_number"),
        (b'{"a":-Infinity}', "json_not_a_number"),
        (b"1.0", "json_float"),
        (b'{"fen":19.9}', "json_float"),
        (b"1e2", "json_float"),
        (b"1E400", "json_float"),
        (b"-0.0", "json_float"),
        (b'{"a":1,"a":1}', "json_duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "json_duplicate_key"),
        (b'[{"b":{"a":1,"c":2,"a":3}}]', "json_duplicate_key"),
        (b"9007199254740992", "json_number_too_long"),
        (b"-9007199254740992", "json_number_too_long"),
        (b"1" * 4_300, "json_number_too_long"),
        (b"1" * 100_000, "json_number_too_long"),
        (b"[-" + b"9" * 100_000 + b"]", "json_number_too_long"),
    ],
)
def test_what_is_not_our_json_is_refused_with_its_code(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b" [ ] ", []),
        (b"-0", 0),
        (b"9007199254740991", MAX_INTEGER),
        (b"-9007199254740991", -MAX_INTEGER),
        (rb'"\ud83d\ude00"', "😀"),
        ('"😀\u2028\x7f"'.encode(), "😀\u2028\x7f"),
        (rb'"\\ud800"', "\\ud800"),
        (rb'"\u0000"', "\x00"),
        (b'{"":{"":null}}', {"": {"": None}}),
    ],
)
def test_what_is_unusual_and_still_json_is_read(data: bytes, value: object) -> None:
    assert parse(data) == value


# Depth


def nested(levels: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * levels + closing * levels).encode()


def test_sixteen_levels_are_read_and_seventeen_are_not() -> None:
    assert depth_of(parse(nested(MAX_DEPTH))) == 16
    assert code_of(nested(MAX_DEPTH + 1)) == "json_too_deep"
    assert code_of(b'{"a":' * 17 + b"1" + b"}" * 17) == "json_too_deep"
    assert code_of(b'[{"a":' * 9 + b"1" + b"}]" * 9) == "json_too_deep"


def test_levels_are_counted_not_brackets() -> None:
    side_by_side = b"[]," * 20 + b"[]"
    assert depth_of(parse(b"[" * 15 + side_by_side + b"]" * 15)) == 16
    assert code_of(b"[" * 16 + side_by_side + b"]" * 16) == "json_too_deep"


def test_unclosed_levels_are_refused_before_they_are_followed() -> None:
    assert code_of(b"[" * 100_000) == "json_too_deep"
    assert code_of(b'{"a":' * 100_000) == "json_too_deep"


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(parse(b"[" + b"[]," * 1_000 + b"[]]")) == 1_001


@pytest.mark.parametrize(
    "text", ["[" * 40, '\\"' + "[" * 40, "\\\\" + "{" * 40, '[\\\\\\"' + "{" * 40]
)
def test_brackets_in_a_string_are_not_levels(text: str) -> None:
    assert parse(f'["{text}"]'.encode())


def test_brackets_behind_a_string_that_ends_in_a_backslash_are_levels() -> None:
    assert code_of(b'["\\\\",' + b"[" * 40) == "json_too_deep"


# Canonical: vectors written by hand from RFC 8785


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ([], "[]"),
        ({"b": 1, "a": 2, "A": 3, "aa": 4, "": 5, "_": 6}, '{"":5,"A":3,"_":6,"a":2,"aa":4,"b":1}'),
        ({"b": [{"d": None, "c": True}, False]}, '{"b":[{"c":true,"d":null},false]}'),
        ([0, -1, 9007199254740991, -9007199254740991], "[0,-1,9007199254740991,-9007199254740991]"),
        ("\x00\x01\x08\t\n\x0b\x0c\r\x1f", '"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f"'),
        ('"\\/', '"\\"\\\\/"'),
        ("\x7f\x80\u2028\u2029\ufeff", '"\x7f\x80\u2028\u2029\ufeff"'),
        ("价¥€😀", '"价¥€😀"'),
        ("e\u0301 is not \u00e9", '"e\u0301 is not \u00e9"'),
    ],
)
def test_canonical_form_equals_rfc_8785(value: object, text: str) -> None:
    assert canonical(value) == text.encode()


def test_half_a_surrogate_pair_is_not_written() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical("\ud800")


def test_an_error_says_what_and_where_but_not_everything_that_was_sent() -> None:
    with pytest.raises(JsonError, match="at character 7"):
        parse('{"价":1 x}'.encode())
    with pytest.raises(JsonError) as refusal:
        parse(b'{"%s":1,"%s":2}' % ((b"k" * 10_000,) * 2))
    assert len(str(refusal.value)) < 100
