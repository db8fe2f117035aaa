"""The bytes of two-line customer displays: the CD5220 command set, which most pole displays know.

Commands as in the CD5220 and DSP-800 handbooks: ESC @, CLR (0Ch), ESC Q A and ESC Q B.
"""

from drivers.display.characters import Characters, fitted

START = b"\x1b@\x0c"
"""ESC @: reset; CLR: clear."""
_LINES = (b"\x1bQA", b"\x1bQB")
"""ESC Q A and ESC Q B: what follows up to CR is the upper or the lower line."""
_END = b"\r"


def show(upper: str, lower: str, *, columns: int, characters: Characters) -> bytes:
    """Return the bytes that set both lines, cut or filled to the display's width."""
    return b"".join(
        line + fitted(text, columns, characters) + _END
        for line, text in zip(_LINES, (upper, lower), strict=True)
    )
