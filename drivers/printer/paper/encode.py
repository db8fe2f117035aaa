"""Turns what is laid out into the bytes of ESC/POS, in pieces that may not be parted.

Command names are those of Epson's "ESC/POS Command Reference for TM Printers". python-escpos builds
the commands; text is set by us, because python-escpos decides on the character set string by
string and never selects Kanji mode (FS &).
"""

from collections.abc import Callable, Iterable
from functools import cache

from escpos.constants import QR_ECLEVEL_M
from escpos.printer import Dummy

from drivers.printer.paper.font import Encoding
from drivers.printer.paper.layout import Laid, Line, Symbol
from drivers.printer.paper.qr_code import DOTS_PER_COLUMN, QrWay, module_dots
from drivers.printer.paper.raster import qr_bands

LF = b"\n"
KANJI_ON = b"\x1c&"
"""FS &: what follows are characters of two or four bytes."""
KANJI_OFF = b"\x1c."
"""FS .: back to characters of one byte."""
ASCII_SET = b"\x1bR\x00"
"""ESC R 0: the international characters of the USA; that of China prints ￥ for $."""
NO_UNASKED_STATUS = b"\x1da\x00"
"""GS a 0: no Automatic Status Back, whose bytes would look like a confirmation (GS r)."""
TO_DISPLAY, TO_PRINTER = b"\x1b=\x02", b"\x1b=\x01"
"""ESC =: what follows is for the display that hangs on the printer, or for the printer again."""
UTF8_ON = b"\x1c(C\x02\x000\x02"
"""FS ( C, function 48, 2: the character encode system is UTF-8."""

CUT = b"\x1dVB\x00"
"""GS V 66 0: feed the last line past the knife, and cut."""
PULSE_MS = 100
"""What opens most drawers."""


def encode(
    laid: Iterable[Laid], *, encoding: Encoding, columns: int, qr: QrWay = QrWay.NATIVE
) -> list[bytes]:
    """Return the bytes of a whole receipt: reset, lines, codes, cut; each piece whole in itself."""
    pieces = [_start(encoding)]
    for item in laid:
        if isinstance(item, Line):
            pieces.append(_line(item, encoding))
        elif qr is QrWay.NATIVE:
            pieces.append(_symbol(item, columns))
        else:
            pieces += _drawn(item, columns)
    return [*pieces, CUT]


def kick(pin: int, pulse_ms: int = PULSE_MS) -> bytes:
    """Return the drawer's opening pulse (ESC p) on connector pin 2 or 5, in its turn."""
    _check_pin(pin)
    t = pulse_ms // 2
    return bytes((0x1B, 0x70, pin == 5, t, t))


def kick_at_once(pin: int, pulse_ms: int = PULSE_MS) -> bytes:
    """Return the pulse as DLE DC4, which is done as it arrives: also without paper.

    It lasts a multiple of 100 ms, at least as long as it is to.
    """
    _check_pin(pin)
    return bytes((0x10, 0x14, 1, pin == 5, -(-pulse_ms // 100)))


def pass_on(data: bytes) -> bytes:
    """Return bytes for the display that hangs on the printer, which itself takes no notice."""
    return TO_DISPLAY + data + TO_PRINTER


def encode_text(text: str, encoding: Encoding) -> bytes:
    """Return text that was made legible as bytes."""
    return text.encode(encoding, "replace")


@cache
def _start(encoding: Encoding) -> bytes:
    """ESC @: nothing is left over from an earlier job; then what it must not fall back to."""
    reset = _command(lambda printer: printer.hw("INIT")) + NO_UNASKED_STATUS + ASCII_SET
    return reset + UTF8_ON if encoding is Encoding.UTF8 else reset


def _line(line: Line, encoding: Encoding) -> bytes:
    text = encode_text(line.text, encoding)
    if not line.text.isascii() and encoding is not Encoding.UTF8:
        text = KANJI_ON + text + KANJI_OFF
    before, after = _style(line)
    return before + text + LF + after


def _style(line: Line) -> tuple[bytes, bytes]:
    """ESC E emphasises, GS ! enlarges; both hold for one-byte and Kanji characters alike."""
    before = after = b""
    if line.bold:
        before, after = b"\x1bE\x01", b"\x1bE\x00"
    if line.large:
        before, after = before + b"\x1d!\x11", b"\x1d!\x00" + after
    return before, after


def _symbol(symbol: Symbol, columns: int) -> bytes:
    """A QR code drawn by the printer (GS ( k), in the middle (ESC a)."""
    size = module_dots(symbol.data, columns)
    code = _command(
        lambda printer: printer.qr(symbol.data, ec=QR_ECLEVEL_M, size=size, native=True)
    )
    return b"\x1ba\x01" + code + b"\x1ba\x00"


def _drawn(symbol: Symbol, columns: int) -> list[bytes]:
    """A QR code as dots, in bands."""
    return qr_bands(
        symbol.data,
        module_dots=module_dots(symbol.data, columns),
        paper_dots=columns * DOTS_PER_COLUMN,
    )


def _command(give: Callable[[Dummy], None]) -> bytes:
    """What python-escpos makes of one command."""
    printer = Dummy()
    give(printer)
    return bytes(printer.output)


def _check_pin(pin: int) -> None:
    if pin not in (2, 5):
        raise ValueError(f"a drawer opens by pin 2 or 5, not {pin}")
