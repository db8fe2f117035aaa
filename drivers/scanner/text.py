"""From the bytes of one code to its text, or to the mark that they are damaged; never a guess."""

from agent.domain.coupons.codes import DAMAGED
from drivers.scanner.options import CodeEncoding

DAMAGED_BYTE = b"\xff"
"""DAMAGED amid bytes: it is part of no text in UTF-8 and none in GB18030."""

_THREE_BYTES = "\u0800"
"""The first character that takes three bytes in UTF-8."""


def text_of(frame: bytes, encoding: CodeEncoding) -> str:
    """Return the text of `frame`, with DAMAGED where it is none.

    Bytes that are text both in UTF-8 and in GB18030 are told apart by their length where that is
    possible: UTF-8 takes three bytes for a Chinese character, of which GB18030 would have to begin
    with one of its rare characters (E0 and above). Pairs of bytes (D0 BB: л, or 谢) tell nothing,
    and without a setting such a code is DAMAGED as a whole.
    """
    if encoding != "auto":
        return frame.decode(encoding, "replace")
    utf8, gb18030 = _strictly(frame, "utf-8"), _strictly(frame, "gb18030")
    if utf8 is None:
        return frame.decode(errors="replace") if gb18030 is None else gb18030
    if gb18030 is None or utf8 == gb18030 or max(utf8) >= _THREE_BYTES:
        return utf8
    return DAMAGED


def _strictly(frame: bytes, encoding: str) -> str | None:
    try:
        return frame.decode(encoding)
    except UnicodeDecodeError:
        return None
