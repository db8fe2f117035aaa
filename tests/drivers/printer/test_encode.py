"""The bytes of a receipt: each command as Epson's reference has it, and nothing else."""

from collections.abc import Callable

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.printing.printout import Printout
from drivers.printer.paper.encode import encode, encode_text, kick, kick_at_once
from drivers.printer.paper.font import Encoding, legible_text
from drivers.printer.paper.layout import Laid, Line, Symbol
from drivers.printer.paper.qr_code import (
    DOTS_PER_COLUMN,
    QR_BYTES_LEVEL_M,
    QR_MAX_BYTES,
    QR_QUIET_MODULES,
    module_dots,
)
from drivers.virtual.printer_bytes import RealTime
from tests.drivers.printer.paper import RECEIPT, TOKEN, printed, receipt_bytes

START = b"\x1b@\x1da\x00\x1bR\x00"
CUT = b"\x1dVB\x00"


def between(*laid: Laid, encoding: Encoding = Encoding.GB18030) -> bytes:
    """The bytes of lines and codes, without reset and cut."""
    data = b"".join(encode(laid, encoding=encoding, columns=48))
    assert data.startswith(START)
    assert data.endswith(CUT)
    return data[len(START) : -len(CUT)]


def test_a_line_of_ascii_is_sent_as_it_is() -> None:
    assert between(Line(text="Thank you")) == b"Thank you\n"


def test_a_whole_line_with_chinese_stands_between_kanji_on_and_off() -> None:
    assert between(Line(text="合计 12.80")) == b"\x1c&\xba\xcf\xbc\xc6 12.80\x1c.\n"


def test_characters_of_four_bytes_are_sent_in_gb18030() -> None:
    assert between(Line(text="㐀😀")) == b"\x1c&" + "㐀😀".encode("gb18030") + b"\x1c.\n"


def test_bold_and_large_are_switched_off_after_their_line() -> None:
    assert between(Line(text="a", bold=True)) == b"\x1bE\x01a\n\x1bE\x00"
    assert between(Line(text="a", large=True)) == b"\x1d!\x11a\n\x1d!\x00"
    assert between(Line(text="a", bold=True, large=True)) == (
        b"\x1bE\x01\x1d!\x11a\n\x1d!\x00\x1bE\x00"
    )


def test_utf8_is_selected_once_and_needs_no_kanji_mode() -> None:
    data = between(Line(text="合计"), encoding=Encoding.UTF8)
    assert data == b"\x1c(C\x02\x000\x02" + "合计\n".encode()


def test_a_code_is_drawn_by_the_printer_in_the_middle() -> None:
    assert between(Symbol(data="HQ1ABC")) == (
        b"\x1ba\x01"
        b"\x1d(k\x04\x001A2\x00"  # function 165: model 2
        b"\x1d(k\x03\x001C\x08"  # function 167: dots of a module
        b"\x1d(k\x03\x001E1"  # function 169: level M
        b"\x1d(k\x09\x001P0HQ1ABC"  # function 180: store
        b"\x1d(k\x03\x001Q0"  # function 181: print
        b"\x1ba\x00"
    )


@pytest.mark.parametrize(("pin", "pulse"), [(2, b"\x1bp\x0022"), (5, b"\x1bp\x0122")])
def test_a_drawer_opens_by_a_pulse_on_its_pin(pin: int, pulse: bytes) -> None:
    assert kick(pin) == pulse


@pytest.mark.parametrize(("pin", "pulse"), [(2, b"\x10\x14\1\0\1"), (5, b"\x10\x14\1\1\1")])
def test_a_drawer_opens_at_once_by_its_pin(pin: int, pulse: bytes) -> None:
    assert kick_at_once(pin) == pulse


@pytest.mark.parametrize(
    ("pulse_ms", "in_turn", "at_once"), [(20, 10, 1), (120, 60, 2), (200, 100, 2), (500, 250, 5)]
)
def test_a_pulse_is_as_long_as_the_settings_say_or_a_little_longer(
    pulse_ms: int, in_turn: int, at_once: int
) -> None:
    assert kick(2, pulse_ms) == bytes((0x1B, 0x70, 0, in_turn, in_turn))
    assert kick_at_once(5, pulse_ms) == bytes((0x10, 0x14, 1, 1, at_once))


@pytest.mark.parametrize("pulse", [kick, kick_at_once])
def test_a_drawer_has_no_other_pin(pulse: Callable[[int], bytes]) -> None:
    with pytest.raises(ValueError, match="pin"):
        pulse(3)


@given(st.text(), st.sampled_from(Encoding))
def test_no_character_changes_its_columns_on_the_way(text: str, encoding: Encoding) -> None:
    visible = legible_text(text, encoding)
    assert encode_text(visible, encoding).decode(encoding) == visible


@pytest.mark.parametrize("columns", [32, 48])
def test_every_code_fits_the_paper_with_its_quiet_zone(columns: int) -> None:
    for size in (1, 226, 227, QR_MAX_BYTES):
        data = "x" * size  # lower case: bytes, the roomiest mode
        modules = len(segno.make_qr(data, error="M", boost_error=False).matrix) + QR_QUIET_MODULES
        assert module_dots(data, columns) * modules <= columns * DOTS_PER_COLUMN


def test_a_token_is_large_enough_to_be_scanned_from_narrow_paper() -> None:
    assert len(TOKEN) > 190
    assert module_dots(TOKEN, 32) >= 5


def test_capacities_are_those_of_the_standard() -> None:
    for version in (1, 9, 10, 26, 27, 40):
        size = QR_BYTES_LEVEL_M[version - 1]
        assert segno.make_qr("x" * size, error="M", boost_error=False).version == version


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("columns", [32, 48])
def test_a_whole_receipt_is_read_back_as_it_was_laid_out(encoding: Encoding, columns: int) -> None:
    receipt = printed(receipt_bytes(encoding=encoding, columns=columns))
    assert "合计" in receipt.text
    assert "￥140.80" in receipt.text
    assert receipt.codes == (TOKEN,)


@pytest.mark.parametrize("size", [13, 0x0410 - 3, 0x0510 - 3])
def test_no_length_of_a_code_looks_like_a_real_time_command(size: int) -> None:
    """DLE is a byte like any other in the length of GS ( k; 0410h is DLE EOT, 0510h DLE ENQ."""
    assert b"\x10" in between(Symbol(data="1" * size))
    assert RealTime().feed(between(Symbol(data="1" * size)))[0] == []


def test_each_piece_of_a_receipt_is_whole_in_itself() -> None:
    laid = (Line(text="合计", bold=True, large=True), Symbol(data=TOKEN))
    pieces = encode(laid, encoding=Encoding.GB18030, columns=48)
    assert pieces == [START, between(laid[0]), between(laid[1]), CUT]


def test_an_empty_printout_prints_nothing() -> None:
    assert receipt_bytes(Printout(elements=())) == START + CUT
    assert receipt_bytes(RECEIPT) != START + CUT
