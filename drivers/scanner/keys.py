"""From the key events of Linux to text: the keys of a US keyboard, which scanners imitate."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

EVENT = struct.Struct("@llHHi")
"""`struct input_event` (linux/input.h): seconds, microseconds, type, code, value."""
LOST_MARK = "\N{REPLACEMENT CHARACTER}"
"""Stands where the system lost events: a code that holds it is nobody's, and is scanned again."""

_EV_SYN, _EV_KEY = 0, 1
_SYN_DROPPED = 3
_RELEASED, _PRESSED = 0, 1  # 2 is a key held down: no scanner means it

_SHIFTS, _CONTROLS, _CAPS_LOCK = {42, 54}, {29, 97}, 58
"""Key codes, here and below: linux/input-event-codes.h."""


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
    the keys don't depend on it. Ctrl with a key types a control character: Ctrl-] is GS.
    """

    def __init__(self) -> None:
        self._held = b""
        self._down: set[int] = set()
        self._caps = False

    def feed(self, data: bytes) -> bytes:
        """The text that was typed by the next bytes, in UTF-8."""
        return "".join(map(self._typed, self._events(data))).encode()

    def _events(self, data: bytes) -> Iterator[_Event]:
        self._held += data
        whole = len(self._held) - len(self._held) % EVENT.size
        events, self._held = self._held[:whole], self._held[whole:]
        return map(_Event._make, EVENT.iter_unpack(events))

    def _typed(self, event: _Event) -> str:
        if event.type == _EV_SYN and event.code == _SYN_DROPPED:
            self._down.clear()
            return LOST_MARK
        if event.type != _EV_KEY:
            return ""
        if event.value == _RELEASED:
            self._down.discard(event.code)
        if event.value != _PRESSED:
            return ""
        self._press(event.code)
        return self._text(event.code)

    def _press(self, code: int) -> None:
        if code in _SHIFTS | _CONTROLS:
            self._down.add(code)
        self._caps ^= code == _CAPS_LOCK

    def _text(self, code: int) -> str:
        plain, shifted = _TEXT.get(code, ("", ""))
        if self._down & _CONTROLS:
            return chr(ord(shifted) & 0x1F) if plain.isalpha() else _CONTROL_TEXT.get(plain, "")
        shift = bool(self._down & _SHIFTS) ^ (self._caps and plain.isalpha())
        return shifted if shift else plain


_CONTROL_TEXT = {"[": "\x1b", "\\": "\x1c", "]": "\x1d", "6": "\x1e", "-": "\x1f"}
"""The control characters that are not Ctrl with a letter."""
