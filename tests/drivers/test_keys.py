"""Key events become the text that a US keyboard would type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.keys import LOST_MARK, KeyDecoder
from tests.drivers.keyboard import (
    CAPS_LOCK,
    ENTER,
    EV_KEY,
    EV_SYN,
    KEYS,
    LEFT_CTRL,
    LEFT_SHIFT,
    RIGHT_SHIFT,
    TAB,
    event,
    key_strokes,
    press,
)

A, B, RIGHT_BRACKET, SEVEN = KEYS["a"], KEYS["b"], 27, KEYS["7"]
SYN_DROPPED = 3
ALL_CODES = "HQ1abcXYZ0123456789"


def typed(data: bytes) -> str:
    return KeyDecoder().feed(data).decode()


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
    assert typed(stream) == f"{LOST_MARK}a\r"


@given(cuts=st.lists(st.integers(0, len(key_strokes(ALL_CODES))), max_size=20).map(sorted))
def test_events_cut_anywhere_are_the_same(cuts: list[int]) -> None:
    decoder, stream = KeyDecoder(), key_strokes(ALL_CODES)
    bounds = zip([0, *cuts], [*cuts, len(stream)], strict=True)
    assert b"".join(decoder.feed(stream[a:b]) for a, b in bounds).decode() == ALL_CODES


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_any_bytes_are_survived(pieces: list[bytes]) -> None:
    decoder = KeyDecoder()
    for piece in pieces:
        decoder.feed(piece).decode()
