"""The bytes of two-line customer displays: the CD5220 command set, which most pole displays know.

Commands as in the CD5220 and DSP-800 handbooks: ESC @, CLR (0Ch), ESC Q A and ESC Q B.
"""

from typing import Literal

from drivers.nearest import nearest
from drivers.plain import columns_of, plain

Characters = Literal["gb18030", "ascii"]

START = b"\x1b@\x0c"
"""ESC @: reset; CLR: clear."""
_LINES = (b"\x1bQA", b"\x1bQB")
"""ESC Q A and ESC Q B: what follows up to CR is the upper or the lower line."""
_END = b"\r"


def show(upper: str, lower: str, *, columns: int, characters: Characters) -> bytes:
    """Return the bytes that set both lines, cut or filled to the display's width."""
    return b"".join(
        line + _fitted(text, columns, characters) + _END
        for line, text in zip(_LINES, (upper, lower), strict=True)
    )


def legible(text: str, characters: Characters) -> str:
    """Return what a display can show of `text`, as its nearest sign, or ? where nothing is near."""
    visible = plain(text)
    if characters == "ascii":
        return nearest(visible, _is_printable_ascii, lacking="?")
    return visible


def _fitted(text: str, columns: int, characters: Characters) -> bytes:
    text = legible(text, characters)
    while columns_of(text) > columns:
        text = text[:-1]
    return (text + " " * (columns - columns_of(text))).encode(characters)


def _is_printable_ascii(char: str) -> bool:
    return " " <= char <= "~"
