"""What a scanner sent leads to the settings that read it right, or to what to set on it."""

import pytest

from agent.ops.calibration.conclusion import Conclusion, NotReadableError, conclude
from agent.ops.calibration.probes import CHINESE, PLAIN, SEPARATED
from drivers.scanner.heard import Heard
from drivers.scanner.options import CodeEncoding
from tests.drivers.scanner.keyboard import ENTER, LEFT_CTRL, alt_code, press, strokes


def sent(
    text: str, *, encoding: str = "utf-8", before: str = "", after: str = "\r", gap_ms: int = 0
) -> Heard:
    """One burst on a serial line."""
    data = (before + text + after).encode(encoding)
    return Heard(address="serial:/dev/ttyACM0", data=data, longest_gap_ms=gap_ms)


def typed(data: bytes) -> Heard:
    """One burst of key events."""
    return Heard(address="hid:/dev/input/event7", data=data)


def concluded(*, encoding: str = "utf-8", before: str = "", after: str = "\r") -> Conclusion:
    return conclude(
        sent(PLAIN.text, before=before, after=after),
        sent(SEPARATED.text, before=before, after=after),
        sent(CHINESE.text, encoding=encoding, before=before, after=after),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_encoding_is_the_one_that_reads_the_code(encoding: CodeEncoding) -> None:
    found = concluded(encoding=encoding)
    assert found.options.encoding == encoding
    assert (found.options.prefix, found.options.suffix, found.options.idle_ms) == ("", "", 0)


@pytest.mark.parametrize("after", ["\r", "\n", "\r\n", "\t", "\x03\r"])
def test_a_line_end_after_the_code_needs_no_setting(after: str) -> None:
    assert concluded(after=after).options.suffix == ""


@pytest.mark.parametrize(
    ("before", "after", "prefix", "suffix"),
    [
        ("\x02", "\x03", "\x02", "\x03"),
        ("~S", "##", "~S", "##"),
        ("S]Q1", "\r", "S", ""),
        ("", "E\r", "", "E\r"),
    ],
)
def test_what_it_sends_around_a_code_is_found(
    before: str, after: str, prefix: str, suffix: str
) -> None:
    options = concluded(before=before, after=after).options
    assert (options.prefix, options.suffix) == (prefix, suffix)


@pytest.mark.parametrize(("gap_ms", "idle_ms"), [(0, 50), (40, 120), (9_000, 5_000)])
def test_without_an_end_a_silence_ends_a_code_longer_than_any_in_it(
    gap_ms: int, idle_ms: int
) -> None:
    found = conclude(sent(PLAIN.text, after="", gap_ms=gap_ms), None, None)
    assert found.options.idle_ms == idle_ms
    assert any("CR suffix" in remark for remark in found.remarks)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (PLAIN.text.swapcase(), "Caps Lock"),
        (PLAIN.text.upper(), "case conversion"),
        ("\x00\x8f\xfe9999", "baud rate"),
    ],
)
def test_what_no_setting_of_ours_mends_is_told_with_what_does(text: str, why: str) -> None:
    with pytest.raises(NotReadableError, match=why):
        conclude(sent(text), None, None)


def test_another_keyboard_layout_is_told() -> None:
    swapped = PLAIN.text.translate(str.maketrans("yz", "zy"))
    with pytest.raises(NotReadableError, match="keyboard country"):
        conclude(typed(strokes(swapped) + press(ENTER)), None, None)


def test_a_separator_that_is_dropped_or_damaged_is_told() -> None:
    good, dropped = SEPARATED.text, SEPARATED.text.replace("\x1d", "")
    written = SEPARATED.text.replace("\x1d", "{GS}")
    for text, said in ((good, "is understood"), (written, "is understood"), (dropped, "drops GS")):
        assert said in conclude(sent(PLAIN.text), sent(text), None).remarks[-1]
    upper_row = strokes("010690123456789210AB12") + press(56, 11) + strokes("21C3") + press(ENTER)
    damaged = conclude(typed(strokes(PLAIN.text) + press(ENTER)), typed(upper_row), None)
    assert "can't be understood" in damaged.remarks[-1]


def test_chinese_in_neither_encoding_is_told_and_nothing_is_set() -> None:
    found = conclude(sent(PLAIN.text), None, sent("??Ab????"))
    assert found.options.encoding == "auto"
    assert any("can't be read" in remark for remark in found.remarks)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_scanner_in_alt_mode_is_calibrated_like_any_other(encoding: CodeEncoding) -> None:
    def in_alt_mode(text: str) -> Heard:
        data = b"".join(alt_code(f"{byte:03}") for byte in text.encode(encoding))
        return typed(data + press(ENTER))

    found = conclude(*(in_alt_mode(probe.text) for probe in (PLAIN, SEPARATED, CHINESE)))
    assert found.options.encoding == encoding
    assert "is understood" in found.remarks[-1]


def test_alt_codes_of_whole_characters_tell_the_encoding_too() -> None:
    def whole(char: str) -> bytes:
        return alt_code(str(int.from_bytes(char.encode("gb18030"), "big")))

    chinese = typed(b"".join(map(whole, CHINESE.text)) + press(ENTER))
    found = conclude(typed(strokes(PLAIN.text) + press(ENTER)), None, chinese)
    assert found.options.encoding == "gb18030"


def test_ctrl_and_right_bracket_are_gs_for_a_keyboard() -> None:
    first, second = SEPARATED.text.split("\x1d")
    keys = strokes(first) + press(LEFT_CTRL, 27) + strokes(second) + press(ENTER)
    found = conclude(typed(strokes(PLAIN.text) + press(ENTER)), typed(keys), None)
    assert "is understood" in found.remarks[-1]
