"""From the key events of Linux to text: the keys of a US keyboard, which scanners imitate."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from drivers.scanner.alt_codes import MAX_DIGITS, bytes_of
from drivers.scanner.options import CodeEncoding
from drivers.scanner.text import DAMAGED_BYTE

EVENT = struct.Struct("@llHHi")
"""`struct input_event` (linux/input.h): seconds, microseconds, type, code, value."""
_EV_SYN, _EV_KEY = 0, 1
_SYN_DROPPED = 3
_RELEASED, _PRESSED = 0, 1  # 2 is a key held down: no scanner means it

_SHIFTS, _CONTROLS, _ALTS, _METAS, _CAPS_LOCK = {42, 54}, {29, 97}, {56, 100}, {125, 126}, 58
"""Key codes, here and below: linux/input-event-codes.h."""
_MODIFIERS = _SHIFTS | _CONTROLS | _ALTS | _METAS
_KEYPAD = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), "0123456789", strict=True))
_U = 22
_FOREIGN = {86, 89, 121, 124}
"""They type something on other keyboards than that of the US: what, nobody can tell."""


def _row(first: int, plain: str, shifted: str) -> dict[int, tuple[str, str]]:
    return dict(enumerate(zip(plain, shifted, strict=True), start=first))


_TEXT: dict[int, tuple[str, str]] = (
    _row(2, "1234567890-=", "!@#$%^&*()_+")
    | _row(15, "\tqwertyuiop[]\r", "\tQWERTYUIOP{}\r")
    | _row(30, "asdfghjkl;'`", 'ASDFGHJKL:"~')
    | _row(43, "\\zxcvbnm,./", "|ZXCVBNM<>?")
    | _row(71, "789-456+1230.", "789-456+1230.")
    | {55: ("*", "*"), 57: (" ", " "), 96: ("\r", "\r"), 98: ("/", "/"), 117: ("=", "=")}
)
"""What a key types, alone and with Shift."""


class _Event(NamedTuple):
    seconds: int
    microseconds: int
    type: int
    code: int
    value: int


class KeyDecoder:
    """Text from a stream of key events, cut into pieces anyhow.

    Caps Lock is what the scanner itself pressed; the keyboard's lamp is the host's business, and
    the keys don't depend on it. Ctrl with a key types a control character: Ctrl-] is GS. Alt with
    digits of the keypad types an Alt code. Keys that type something else than what they show,
    such as Ctrl-Shift-U before a number in hex, leave the mark of what is damaged: never the
    characters that they show.
    """

    def __init__(self, encoding: CodeEncoding = "auto") -> None:
        """`encoding`: what Alt codes beyond ASCII are numbers of."""
        self._encoding = encoding
        self._held = b""
        self._down: set[int] = set()
        self._caps = False
        self._alt_digits: str | None = ""
        """Typed since Alt was pressed; None: it was no Alt code, and has been marked."""

    def feed(self, data: bytes) -> bytes:
        """The text that was typed by the next bytes, in `encoding`; DAMAGED_BYTE for what is lost.

        With auto, the bytes of Alt codes below 256 stay as they came, all else is UTF-8.
        """
        return b"".join(map(self._typed, self._events(data)))

    def _events(self, data: bytes) -> Iterator[_Event]:
        self._held += data
        whole = len(self._held) - len(self._held) % EVENT.size
        events, self._held = self._held[:whole], self._held[whole:]
        return map(_Event._make, EVENT.iter_unpack(events))

    def _typed(self, event: _Event) -> bytes:
        if event.type == _EV_SYN and event.code == _SYN_DROPPED:
            self._down.clear()
            return DAMAGED_BYTE
        if event.type != _EV_KEY or event.value not in (_RELEASED, _PRESSED):
            return b""
        change = self._press if event.value == _PRESSED else self._release
        return change(event.code)

    def _press(self, code: int) -> bytes:
        if code in _ALTS:
            self._alt_digits = ""
        if code in _MODIFIERS:
            self._down.add(code)
            return b""
        self._caps ^= code == _CAPS_LOCK
        if self._down & (_ALTS | _METAS):
            return self._with_alt(code)
        return DAMAGED_BYTE if self._is_misleading(code) else self._text(code).encode()

    def _release(self, code: int) -> bytes:
        was_alt = code in _ALTS & self._down
        self._down.discard(code)
        if not was_alt or self._alt_digits is None:
            return b""
        digits, self._alt_digits = self._alt_digits, ""
        return bytes_of(digits, self._encoding)

    def _with_alt(self, code: int) -> bytes:
        """Take a digit of an Alt code; all else that would type here types something else."""
        if self._down & _ALTS and code in _KEYPAD and self._alt_digits is not None:
            self._alt_digits = (self._alt_digits + _KEYPAD[code])[: MAX_DIGITS + 1]
            return b""
        plain, _ = _TEXT.get(code, ("", ""))
        if not plain and code not in _FOREIGN:
            return b""
        self._alt_digits = None
        return DAMAGED_BYTE + (plain.encode() if plain == "\r" else b"")

    def _is_misleading(self, code: int) -> bool:
        """Whether a key types what nobody can tell, or begins a number in hex as on Linux."""
        is_hex = code == _U and self._down & _CONTROLS and self._down & _SHIFTS
        return bool(is_hex) or code in _FOREIGN

    def _text(self, code: int) -> str:
        plain, shifted = _TEXT.get(code, ("", ""))
        if self._down & _CONTROLS:
            return chr(ord(shifted) & 0x1F) if plain.isalpha() else _CONTROL_TEXT.get(plain, "")
        shift = bool(self._down & _SHIFTS) ^ (self._caps and plain.isalpha())
        return shifted if shift else plain


_CONTROL_TEXT = {"[": "\x1b", "\\": "\x1c", "]": "\x1d", "6": "\x1e", "-": "\x1f"}
"""The control characters that are not Ctrl with a letter."""
