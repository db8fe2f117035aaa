"""Key events become the text that a US keyboard would type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.coupons.codes import DAMAGED
from drivers.scanner.framing import Framing
from drivers.scanner.keys import KeyDecoder
from drivers.scanner.options import CodeEncoding, ScannerOptions
from drivers.scanner.text import DAMAGED_BYTE
from tests.drivers.scanner.keyboard import (
    CAPS_LOCK,
    ENTER,
    EV_KEY,
    EV_SYN,
    KEYPAD,
    KEYS,
    LEFT_ALT,
    LEFT_CTRL,
    LEFT_META,
    LEFT_SHIFT,
    PLUS_ON_KEYPAD,
    RIGHT_ALT,
    RIGHT_SHIFT,
    TAB,
    alt_code,
    event,
    key_strokes,
    press,
)

A, B, RIGHT_BRACKET, SEVEN = KEYS["a"], KEYS["b"], 27, KEYS["7"]
SYN_DROPPED = 3
ALL_CODES = "HQ1abcXYZ0123456789"


def typed(data: bytes) -> str:
    return KeyDecoder().feed(data).replace(DAMAGED_BYTE, DAMAGED.encode()).decode()


def scanned(data: bytes, encoding: CodeEncoding = "auto") -> list[str]:
    """The codes that a scanner's keys are: decoded as each scanner's are."""
    return Framing(ScannerOptions(encoding=encoding)).feed(KeyDecoder(encoding).feed(data))


def test_letters_digits_and_enter_are_typed_with_their_case() -> None:
    assert typed(key_strokes(f"{ALL_CODES}\r")) == f"{ALL_CODES}\r"


@pytest.mark.parametrize(
    ("code", "plain", "shifted"),
    [
        (12, "-", "_"),
        (13, "=", "+"),
        (26, "[", "{"),
        (27, "]", "}"),
        (39, ";", ":"),
        (40, "'", '"'),
        (41, "`", "~"),
        (43, "\\", "|"),
        (51, ",", "<"),
        (52, ".", ">"),
        (53, "/", "?"),
        (57, " ", " "),
        (3, "2", "@"),
        (SEVEN, "7", "&"),
        (71, "7", "7"),
        (82, "0", "0"),
        (83, ".", "."),
        (55, "*", "*"),
        (98, "/", "/"),
        (96, "\r", "\r"),
        (TAB, "\t", "\t"),
    ],
)
def test_key_types_its_characters(code: int, plain: str, shifted: str) -> None:
    assert typed(press(code)) == plain
    assert typed(press(LEFT_SHIFT, code)) == typed(press(RIGHT_SHIFT, code)) == shifted


def test_caps_lock_turns_letters_round_and_nothing_else() -> None:
    keys = press(A) + press(LEFT_SHIFT, A) + press(SEVEN) + press(LEFT_SHIFT, SEVEN)
    assert typed(press(CAPS_LOCK) + keys) == "Aa7&"
    assert typed(press(CAPS_LOCK) + press(CAPS_LOCK) + keys) == "aA7&"


def test_one_shift_let_go_leaves_the_other_pressed() -> None:
    both = event(EV_KEY, LEFT_SHIFT, 1) + event(EV_KEY, RIGHT_SHIFT, 1)
    assert typed(both + event(EV_KEY, LEFT_SHIFT, 0) + press(A)) == "A"
    released = event(EV_KEY, LEFT_SHIFT, 0) + event(EV_KEY, RIGHT_SHIFT, 0)
    assert typed(both + released + press(A)) == "a"


def test_ctrl_and_right_bracket_are_gs() -> None:
    assert typed(press(LEFT_CTRL, RIGHT_BRACKET)) == "\x1d"
    assert typed(press(LEFT_CTRL, KEYS["m"])) == "\r"
    assert typed(press(LEFT_CTRL, SEVEN)) == ""


def test_key_held_down_types_once() -> None:
    held = event(EV_KEY, A, 1) + event(EV_KEY, A, 2) * 5 + event(EV_KEY, A, 0)
    assert typed(held) == "a"


def test_keys_that_type_nothing_are_passed_over() -> None:
    escape, f1, unknown = 1, 59, 700
    assert typed(press(escape) + press(f1) + press(unknown) + press(B)) == "b"


def test_events_that_the_system_lost_are_marked_and_shift_is_forgotten() -> None:
    stream = event(EV_KEY, LEFT_SHIFT, 1) + event(EV_SYN, SYN_DROPPED, 0) + press(A, ENTER)
    assert typed(stream) == f"{DAMAGED}a\r"


@given(cuts=st.lists(st.integers(0, len(key_strokes(ALL_CODES))), max_size=20).map(sorted))
def test_events_cut_anywhere_are_the_same(cuts: list[int]) -> None:
    decoder, stream = KeyDecoder(), key_strokes(ALL_CODES)
    bounds = zip([0, *cuts], [*cuts, len(stream)], strict=True)
    assert b"".join(decoder.feed(stream[a:b]) for a, b in bounds).decode() == ALL_CODES


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_any_bytes_are_survived(pieces: list[bytes]) -> None:
    decoder = KeyDecoder()
    for piece in pieces:
        decoder.feed(piece).decode(errors="replace")


def test_scanner_in_alt_mode_types_each_character_as_its_number() -> None:
    assert scanned(alt_code("072") + alt_code("081") + alt_code("049") + press(ENTER)) == ["HQ1"]
    whole = b"".join(alt_code(f"{ord(char):03}") for char in f"{ALL_CODES}\r")
    assert scanned(whole) == [ALL_CODES]


@pytest.mark.parametrize("alt", [LEFT_ALT, RIGHT_ALT])
@pytest.mark.parametrize("digits", ["029", "29", "0029", "00000029"])
def test_gs_as_an_alt_code_is_gs(alt: int, digits: str) -> None:
    keys = key_strokes("10AB") + alt_code(digits, alt) + key_strokes("21C\r")
    assert scanned(keys) == ["10AB\x1d21C"]


@pytest.mark.parametrize(
    ("digits", "encoding", "char"),
    [
        (["0208", "0187"], "gb18030", "谢"),
        (["0208", "0187"], "utf-8", "л"),
        (["0208", "0187"], "auto", DAMAGED),
        (["232", "176", "162"], "auto", "谢"),
        (["53435"], "gb18030", "谢"),
        (["53435"], "auto", DAMAGED),
        (["35874"], "utf-8", "谢"),
        (["25105"], "auto", "我"),
        (["0233"], "auto", DAMAGED),
        (["9999999999"], "utf-8", DAMAGED),
        (["12345678901234567890"], "utf-8", DAMAGED),
        (["55357"], "utf-8", DAMAGED),
    ],
)
def test_alt_code_beyond_ascii_is_what_it_can_only_be_or_damaged(
    digits: list[str], encoding: CodeEncoding, char: str
) -> None:
    keys = key_strokes("A") + b"".join(map(alt_code, digits)) + press(ENTER)
    read = scanned(keys, encoding)
    assert read == [f"A{char}"] or (DAMAGED in char and DAMAGED in read[0])


@pytest.mark.parametrize(
    "keys",
    [
        press(LEFT_ALT, KEYS["0"]) + press(LEFT_ALT, KEYS["7"]),
        press(RIGHT_ALT, KEYS["q"]),
        press(LEFT_META, KEYS["5"]),
        press(LEFT_CTRL, LEFT_SHIFT, KEYS["u"]) + key_strokes("6211"),
        press(86),
        press(LEFT_ALT, PLUS_ON_KEYPAD, *KEYPAD["1"], *KEYPAD["4"]),
    ],
    ids=[
        "alt and the upper row",
        "alt gr",
        "meta",
        "linux hex",
        "key of another layout",
        "alt hex",
    ],
)
def test_keys_that_type_something_else_than_they_show_are_never_told_as_what_they_show(
    keys: bytes,
) -> None:
    (code,) = scanned(key_strokes("690") + keys + key_strokes("123\r"))
    assert DAMAGED in code


def test_alt_that_is_pressed_alone_or_with_a_key_that_types_nothing_does_no_harm() -> None:
    assert scanned(press(LEFT_ALT) + press(LEFT_ALT, 59) + key_strokes("A1\r")) == ["A1"]


def test_enter_with_alt_held_ends_the_damaged_code_and_no_other() -> None:
    damaged, next_code = scanned(
        event(EV_KEY, LEFT_ALT, 1)
        + press(*KEYPAD["7"], ENTER)
        + event(EV_KEY, LEFT_ALT, 0)
        + key_strokes("B2\r")
    )
    assert DAMAGED in damaged
    assert next_code == "B2"


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40))
def test_any_ascii_code_in_alt_mode_is_itself(code: str) -> None:
    keys = b"".join(alt_code(str(ord(char))) for char in code) + press(ENTER)
    assert scanned(keys) == [code]


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=9))
def test_chinese_in_alt_mode_is_itself_once_the_encoding_is_set_and_never_another(
    code: str,
) -> None:
    in_gbk = b"".join(
        alt_code(str(int.from_bytes(char.encode("gbk"), "big"))) for char in code
    ) + press(ENTER)
    in_unicode = b"".join(alt_code(str(ord(char))) for char in code) + press(ENTER)
    assert scanned(in_gbk, "gb18030") == [code]
    assert scanned(in_unicode, "utf-8") == [code]
    for keys in (in_gbk, in_unicode):
        (read,) = scanned(keys)
        assert read == code or DAMAGED in read
