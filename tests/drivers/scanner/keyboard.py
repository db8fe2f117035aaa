"""Key events as the kernel writes them, from the names of linux/input-event-codes.h."""

import struct

EV_SYN, EV_KEY, EV_MSC = 0, 1, 4
ENTER, CAPS_LOCK, LEFT_SHIFT, RIGHT_SHIFT, LEFT_CTRL, TAB = 28, 58, 42, 54, 29, 15

_ROWS = {2: "1234567890", 16: "qwertyuiop", 30: "asdfghjkl", 44: "zxcvbnm"}
KEYS = {char: first + place for first, row in _ROWS.items() for place, char in enumerate(row)}
"""Letters and digits; the rest is in the tests that mean it."""
KEYPAD = {
    digit: (code,)
    for digit, code in zip("0123456789", (82, 79, 80, 81, 75, 76, 77, 71, 72, 73), strict=True)
}
LEFT_ALT, RIGHT_ALT, LEFT_META, PLUS_ON_KEYPAD = 56, 100, 125, 78


def event(kind: int, code: int, value: int) -> bytes:
    """One `struct input_event` of this machine."""
    return struct.pack("@llHHi", 1_770_000_000, 123_456, kind, code, value)


def press(*codes: int) -> bytes:
    """Keys pressed one after the other, then released in reverse; each told as keyboards do."""
    told = [(code, 1) for code in codes] + [(code, 0) for code in reversed(codes)]
    return b"".join(
        event(EV_MSC, 4, 0x70000 + code) + event(EV_KEY, code, value) + event(EV_SYN, 0, 0)
        for code, value in told
    )


def alt_code(digits: str, alt: int = LEFT_ALT) -> bytes:
    """A character's number, typed on the keypad while Alt is held."""
    typed = b"".join(press(*KEYPAD[digit]) for digit in digits)
    return event(EV_KEY, alt, 1) + typed + event(EV_KEY, alt, 0)


def key_strokes(text: str) -> bytes:
    """What a scanner types for letters, digits and CR."""
    return b"".join(map(_stroke, text))


def _stroke(char: str) -> bytes:
    if char == "\r":
        return press(ENTER)
    if char.isupper():
        return press(LEFT_SHIFT, KEYS[char.lower()])
    return press(KEYS[char])


_SIGNS = {"-": 12, "/": 53, ";": 39}
_SHIFTED = {":": 39, "@": 3, "_": 12}


def strokes(text: str) -> bytes:
    """What a scanner types for letters, digits and some signs."""
    return b"".join(map(_any_stroke, text))


def _any_stroke(char: str) -> bytes:
    if char in _SIGNS:
        return press(_SIGNS[char])
    return press(LEFT_SHIFT, _SHIFTED[char]) if char in _SHIFTED else _stroke(char)
