"""Alt codes: a character as its number, typed on the keypad while Alt is held.

Scanners in ALT mode do so for each character, for those that no key types, or for control
characters alone (GS is Alt+029). What the number means is the receiver's code page: below 128
ASCII, below 256 one byte of a text, above that either a character's two bytes in GBK (as Chinese
Windows takes it) or its number in Unicode.
"""

import unicodedata

from drivers.scanner.options import CodeEncoding
from drivers.scanner.text import DAMAGED_BYTE

MAX_DIGITS = 10
"""No scanner types more for one character, whatever zeros it puts in front."""

_BYTE, _TWO_BYTES = 0x100, 0x10000
_UNASSIGNED = frozenset({"Cc", "Cn", "Co", "Cs"})


def bytes_of(digits: str, encoding: CodeEncoding) -> bytes:
    """Return the bytes of the character whose number was typed; DAMAGED_BYTE if it can't be told.

    `digits` may be empty: Alt alone types nothing.
    """
    if not digits:
        return b""
    number = int(digits) if len(digits) <= MAX_DIGITS else -1
    if 0 <= number < _BYTE:
        return bytes([number])
    readings = {_in_gbk(number), _in_unicode(number)}
    if encoding != "auto":
        readings = {_in_gbk(number) if encoding == "gb18030" else _in_unicode(number)}
    readings.discard(None)
    only = readings.pop() if len(readings) == 1 else None
    return only.encode("utf-8" if encoding == "auto" else encoding) if only else DAMAGED_BYTE


def _in_gbk(number: int) -> str | None:
    if not _BYTE <= number < _TWO_BYTES:
        return None
    try:
        text = number.to_bytes(2, "big").decode("gbk")
    except UnicodeDecodeError:
        return None
    return text if len(text) == 1 else None


def _in_unicode(number: int) -> str | None:
    try:
        char = chr(number)
    except (OverflowError, ValueError):
        return None
    return None if unicodedata.category(char) in _UNASSIGNED else char
